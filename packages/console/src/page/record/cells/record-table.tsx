import { Table } from '@mantine/core'
import { formatCell } from '../../language/format.ts'
import { useSpeech } from '../../language/speech.tsx'
import { useMeanings } from '../meanings.ts'
import { Meant } from '../meant.tsx'
import type { Because, Forms } from '../record-form.ts'

type Cells = Forms['cells']['cells']

/** A row of the consortium’s table, turned so that it reads from top to bottom. */
export function RecordTable({ cells, because }: { cells: Cells; because: Because }) {
  const { say } = useSpeech()
  const meanings = useMeanings()
  return (
    <div className="record">
      <Table className="record-table" captionSide="top" verticalSpacing="xs" horizontalSpacing="md">
        <Table.Caption className="spoken">{say.record}</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{say.field}</Table.Th>
            <Table.Th scope="col">{say.value}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {Object.entries(cells).map(([field, cell]) => {
            const change = because.find(reason => reason.field === field)?.change
            const side = change === undefined ? undefined : change >= 0 ? 'speaks-for' : 'speaks-against'
            const text = formatCell(cell)
            return (
              <Table.Tr key={field} className={side}>
                <Table.Th scope="row">
                  <Meant code={field} meaning={meanings.field(field)} />
                </Table.Th>
                <Table.Td>
                  {text === null ? (
                    <span className="not-recorded">{say.notRecorded}</span>
                  ) : (
                    <Meant code={text} meaning={meanings.value(field, text)} />
                  )}
                </Table.Td>
              </Table.Tr>
            )
          })}
        </Table.Tbody>
      </Table>
    </div>
  )
}
