import {
  type AgentView,
  digestOfJson,
  type nodeEndpoints,
  type Parsed,
  type Recipe,
  Refusal,
} from '@consort/protocol'
import { appendEvent } from '../../context.ts'
import type { AgentContext } from '../context.ts'
import { dropEvidence, keepVersionEvidence } from '../promise/evidence.ts'
import { gateOf } from '../promise/guarantees.ts'
import { newEvidence } from '../promise/new-evidence.ts'
import { calibrateVersion } from '../versions/calibrate-version.ts'
import { servedCard } from '../versions/versions.ts'
import { type KeptChallenger, readAgent } from './agent-row.ts'
import { keepChallenger } from './compare-challenger.ts'
import { checkMayAnswer, lookForAgreement } from './may-answer.ts'
import { serveAsKept } from './put-agent.ts'

/**
 * Tries another version out on a share of an agent's cases, under a gate of its own for the same promise. Safe to repeat;
 * what labels said of an earlier challenger is forgotten. Throws `data-mismatch` for a version that takes other inputs.
 */
export async function putChallenger(
  context: AgentContext,
  { params, body: { version, share } }: Parsed<typeof nodeEndpoints.putChallenger>,
): Promise<AgentView> {
  await lookForAgreement(context)
  await checkMayAnswer(context)
  const agent = await readAgent(context, params.agent)
  if (version === agent.version) {
    throw new Refusal('state-conflict', 'This is the version that the agent serves', {
      hint: 'Try another one out; `consort model list` shows which there are.',
      path: 'version',
    })
  }
  const { calibration, recipe } = await calibrateVersion(context, version, agent)
  checkSameQuestion((await servedCard(context, agent.version)).recipe, recipe)
  const at = context.now().toISOString()
  const challenger: KeptChallenger = {
    version,
    share,
    since: at,
    state: 'running',
    better: 0,
    worse: 0,
    labelled: 0,
    evidence: 1,
  }
  await context.database.transaction().execute(async transaction => {
    const birth = { agent: agent.agent, version, at, after: null }
    const calibrated = await newEvidence(transaction, { calibration, rules: agent }, birth)
    if (agent.challenger) await dropEvidence(transaction, agent.agent, agent.challenger.version)
    await keepVersionEvidence(transaction, calibrated)
    await keepChallenger(transaction, agent.agent, challenger)
    const { calibrator, records } = calibration.calibration
    const gate = gateOf(calibrated)
    await appendEvent(context, transaction, {
      kind: 'challenger-put',
      body: {
        agent: agent.agent,
        version,
        share,
        calibration: calibrator.kind,
        records,
        guarantee: calibrated.number,
        gate,
        since: at,
      },
    })
  })
  await serveAsKept(context, agent.agent)
  return await readAgent(context, agent.agent)
}

/** Both versions judge the same encoded record, with the same classes. */
function checkSameQuestion(served: Recipe, tried: Recipe): void {
  const question = ({ input, task }: Recipe) => digestOfJson({ input, task })
  if (question(served) === question(tried)) return
  throw new Refusal('data-mismatch', 'The two versions take different inputs or know different classes', {
    hint: 'Serve this version under a name of its own: `consort agent put NAME --model …`.',
    path: 'version',
  })
}

/** Ends a trial. Nothing happens where there is none. */
export async function withdrawChallenger(
  context: AgentContext,
  { params }: Parsed<typeof nodeEndpoints.withdrawChallenger>,
): Promise<AgentView> {
  const agent = await readAgent(context, params.agent)
  if (agent.challenger?.state !== 'running') return agent
  const challenger = { ...agent.challenger, state: 'withdrawn' } as const
  const { version, better, worse, labelled, evidence } = challenger
  await context.database.transaction().execute(async transaction => {
    await keepChallenger(transaction, agent.agent, challenger)
    await appendEvent(context, transaction, {
      kind: 'challenger-withdrawn',
      body: { agent: agent.agent, version, better, worse, labelled, evidence, by: 'operator' },
    })
  })
  await serveAsKept(context, agent.agent)
  return { ...agent, challenger }
}
