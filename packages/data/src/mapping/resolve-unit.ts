import { nearNames, Refusal } from '@consort/protocol'
import { isUnit, otherUnits, quantityOf, type UnitName } from './units.ts'

/**
 * The unit of a column that is mapped to a field in `target`. Where the target names a substance (`mg/dL
 * cholesterol`) the mapping need not: `mmol/L` is then `mmol/L cholesterol`. Throws `mapping-invalid` at `path`
 * for a name that is not in the table and for a unit of another quantity.
 */
export function resolveUnit(name: string, { target, path }: { target: UnitName; path: string }): UnitName {
  const substance = substanceOf(target)
  const full = substance === undefined ? name : `${name} ${substance}`
  const unit = [full, name].find(isUnit)
  const choices = [target, ...otherUnits(target)]
  const hint = `This field takes ${choices.join(', ')}.`
  if (unit === undefined) {
    const near = nearNames(name, choices.map(plainName))
    throw new Refusal('mapping-invalid', `${path}: there is no unit ${name} here`, {
      path,
      hint: near.length > 0 ? `Did you mean ${near.join(' or ')}? ${hint}` : hint,
    })
  }
  if (quantityOf(unit) === quantityOf(target)) return unit
  throw new Refusal('mapping-invalid', `${path}: ${unit} cannot be converted to ${target}`, {
    path,
    hint: isConcentration(unit) && isConcentration(target) ? substanceHint : hint,
  })
}

function isConcentration(unit: UnitName): boolean {
  return /\w\/d?L/.test(unit)
}

const substanceHint =
  'Grams and moles convert only for a substance: propose that the agreement names it in the unit, such as `mg/dL cholesterol`.'

const substanceParts = /^(\S+\/\S+) (\S+)$/

function substanceOf(unit: UnitName): string | undefined {
  return substanceParts.exec(unit)?.[2]
}

function plainName(unit: UnitName): string {
  return substanceParts.exec(unit)?.[1] ?? unit
}
