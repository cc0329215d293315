import { Table } from '@mantine/core'
import { formatCell } from '../../language/format.ts'
import { useSpeech } from '../../language/speech.tsx'
import { useMeanings } from '../meanings.ts'
import { Meant } from '../meant.tsx'
import type { Example, Forms } from '../record-form.ts'
import { differs } from './differences.ts'

type Cells = Forms['cells']['cells']

/** Rows side by side under their labels, a field of the case a line; only what differs from the case stands out. */
export function SimilarRows({ examples, cells }: { examples: readonly Example<'cells'>[]; cells: Cells }) {
  const { say } = useSpeech()
  const meanings = useMeanings()
  const rows = examples.map(({ record, label }) => ({ ...record, label }))
  return (
    <div className="similar-rows">
      <Table captionSide="top" verticalSpacing="0.25rem" horizontalSpacing="0.375rem">
        <Table.Caption className="spoken">{say.similar.heading}</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{say.field}</Table.Th>
            {rows.map(({ label }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: equal records may stand side by side, and never move
              <Table.Th key={index} scope="col">
                <Meant code={label} meaning={meanings.class(label)} />
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {Object.entries(cells).map(([field, cell]) => (
            <Table.Tr key={field}>
              <Table.Th scope="row">
                <Meant code={field} meaning={meanings.field(field)} />
              </Table.Th>
              {rows.map(({ cells: own }, index) => {
                const said = formatCell(own[field])
                const text = said === null ? say.notRecorded : (meanings.value(field, said) ?? said)
                return (
                  // biome-ignore lint/suspicious/noArrayIndexKey: as above
                  <Table.Td key={index}>
                    {differs(cell, own[field]) ? <strong>{text}</strong> : text}
                  </Table.Td>
                )
              })}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}
