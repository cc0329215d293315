import type { GateView } from '@consort/protocol'
import { gateOfGuarantee } from '../gate/guarantee.ts'
import type { CalibratedVersion } from './version-evidence.ts'

/** Says what the gate of a version lets through now, as its operator is told. */
export function gateViewOf({ guarantee, calibration }: CalibratedVersion): GateView {
  const gate = gateOfGuarantee(guarantee)
  const { labels } = guarantee.evidence
  if (gate.kind === 'open') {
    const { confidences } = calibration
    const through = confidences.filter(confidence => confidence >= gate.threshold).length
    return { ...gate, labels, share: confidences.length === 0 ? 0 : through / confidences.length }
  }
  const labelsNeeded = guarantee.kind === 'gathering' ? guarantee.labelsNeeded : 0
  return { kind: 'closed', labels, labelsNeeded }
}
