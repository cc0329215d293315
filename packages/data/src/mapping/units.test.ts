import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolveUnit } from './resolve-unit.ts'
import { convert, otherUnits, quantityOf, type UnitName, unitNames } from './units.ts'

const known: [number, UnitName, number, UnitName][] = [
  [98.6, '°F', 37, '°C'],
  [-40, '°F', -40, '°C'],
  [0, 'K', -273.15, '°C'],
  [5, 'mmol/L cholesterol', 193.325, 'mg/dL cholesterol'],
  [5, 'mmol/L glucose', 90.078, 'mg/dL glucose'],
  [88.4, 'µmol/L creatinine', 0.9999808, 'mg/dL creatinine'],
  [2, 'g/L cholesterol', 200, 'mg/dL cholesterol'],
  [16, 'kPa', 120.009852135, 'mmHg'],
  [30, 'months', 2.5, 'years'],
  [4, 'years', 1461, 'days'],
  [6, 'ft', 182.88, 'cm'],
  [150, 'lb', 68.0388555, 'kg'],
  [1, 'Hz', 60, 'bpm'],
  [12.5, '%', 0.125, 'ratio'],
  [0.1, 'mV', 100, 'µV'],
  [1999, 'EUR cents', 19.99, 'EUR'],
]

test('conversions are those of the tables, without the noise of binary fractions', () => {
  for (const [value, from, result, to] of known) {
    assert.ok(Math.abs(convert(value, { from, to }) / result - 1) < 1e-11, `${value} ${from}`)
  }
  assert.equal(String(convert(98.6, { from: '°F', to: '°C' })), '37')
  assert.equal(String(convert(1.1, { from: 'm', to: 'cm' })), '110')
})

test('there and back again, for every pair of units; nothing changes under one unit', () => {
  for (const from of unitNames) {
    assert.equal(convert(0.1 + 0.2, { from, to: from }), 0.1 + 0.2)
    for (const to of otherUnits(from)) {
      assert.equal(quantityOf(to), quantityOf(from))
      const back = convert(convert(123.456, { from, to }), { from: to, to: from })
      assert.ok(Math.abs(back - 123.456) < 1e-6, `${from} and ${to}`)
    }
  }
})

test('to convert between quantities is a bug', () => {
  assert.throws(() => convert(1, { from: 'kg', to: 'm' }), RangeError)
})

test('the nearest size is the likeliest mistake', () => {
  assert.deepEqual(otherUnits('mg/dL cholesterol'), ['mmol/L cholesterol', 'g/L cholesterol'])
  assert.deepEqual(otherUnits('years').slice(0, 3), ['months', 'weeks', 'days'])
})

test('every name fits into a schema', () => {
  assert.ok(unitNames.every(name => name.length <= 30))
})

const path = 'fields.chol.unit'

test('the substance of the schema goes without saying', () => {
  const target = 'mg/dL cholesterol'
  assert.equal(resolveUnit('mmol/L', { target, path }), 'mmol/L cholesterol')
  assert.equal(resolveUnit('mmol/L cholesterol', { target, path }), 'mmol/L cholesterol')
  assert.equal(resolveUnit('mg/dL', { target: 'g/L', path }), 'mg/dL')
})

test('an unknown unit is refused with the near ones, a unit of another quantity with those that fit', () => {
  const target = 'mg/dL cholesterol'
  assert.throws(() => resolveUnit('mmol/l', { target, path }), {
    code: 'mapping-invalid',
    path,
    message: 'fields.chol.unit: there is no unit mmol/l here',
    hint: 'Did you mean mmol/L? This field takes mg/dL cholesterol, mmol/L cholesterol, g/L cholesterol.',
  })
  for (const name of ['kPa', 'mmol/L glucose', '1']) {
    assert.throws(() => resolveUnit(name, { target, path }), { code: 'mapping-invalid', path }, name)
  }
  assert.throws(() => resolveUnit('constructor', { target, path }), { message: /no unit constructor/ })
})

test('grams and moles of nothing in particular are refused with the way out', () => {
  assert.throws(() => resolveUnit('mmol/L', { target: 'mg/dL', path }), {
    message: 'fields.chol.unit: mmol/L cannot be converted to mg/dL',
    hint: /only for a substance/,
  })
})
