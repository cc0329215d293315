import { gateViewOf } from '@consort/agents'
import { type AgentView, digestOfJson, type Recipe, Refusal } from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import type { NodeHandler } from '../../caller.ts'
import type { KeptChallenger } from '../../tables/agent-tables.ts'
import { dropEvidence, keepVersionEvidence } from '../promise/evidence-store.ts'
import { newEvidence } from '../promise/new-evidence.ts'
import { servedCard } from '../versions/served-version-store.ts'
import { keepChallenger, readAgent } from './agent-store.ts'
import type { RegistryContext } from './registry-context.ts'
import { serveAsKept } from './serve-as-kept.ts'

/**
 * Tries another version out on a share of an agent's cases, under a gate of its own for the same promise. Safe to
 * repeat; what labels said of an earlier challenger is forgotten. Throws `data-mismatch` for a version that takes other
 * inputs.
 */
export function putChallenger(context: RegistryContext): NodeHandler<'putChallenger'> {
  return ({ params, body }) => context.oneAtATime(() => put(context, { ...params, ...body }))
}

async function put(
  context: RegistryContext,
  { agent: name, version, share }: { agent: string } & Pick<KeptChallenger, 'version' | 'share'>,
): Promise<AgentView> {
  await context.mayAnswer.lookForAgreement()
  await context.mayAnswer.check()
  const agent = await readAgent(context.database, name)
  if (version === agent.version) {
    throw new Refusal('state-conflict', 'This is the version that the agent serves', {
      hint: 'Try another one out; `consort model list` shows which there are.',
      path: 'version',
    })
  }
  const { calibration, recipe } = await context.calibrate(version, agent)
  checkSameQuestion((await servedCard(context.database, agent.version)).recipe, recipe)
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
    const gate = gateViewOf(calibrated)
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
  return await readAgent(context.database, agent.agent)
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
