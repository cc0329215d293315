import { nearNames, Refusal, type TableSchema } from '@consort/protocol'
import { isUnit, type UnitName, unitNames } from './units.ts'

/**
 * Checks what the type of a schema cannot: that its units are known, so that mappings can convert to them. For use
 * before an agreement is signed, too. Throws `agreement-invalid` with the path of the field's unit.
 */
export function checkSchema({ fields }: TableSchema): void {
  for (const [index, field] of fields.entries()) {
    if (field.kind === 'number') checkUnit(field.unit, `fields[${index}].unit`)
  }
}

function checkUnit(unit: string, path: string): asserts unit is UnitName {
  if (isUnit(unit)) return
  const near = nearNames(unit, unitNames)
  throw new Refusal('agreement-invalid', `${path}: there is no unit ${unit} here`, {
    path,
    hint:
      near.length > 0
        ? `Did the consortium mean ${near.join(' or ')}? Its agreement must name a known unit.`
        : `The consortium's agreement must name a known unit: ${unitNames.join(', ')}.`,
  })
}
