import {
  type ColumnDefinitionNode,
  DataTypeNode,
  type KyselyPlugin,
  type OperationNode,
  OperationNodeTransformer,
  type QueryId,
  RawNode,
} from 'kysely'

/**
 * Gives the types of migrations the meaning that they have in SQLite: an integer has 64 bits, text is compared by its
 * octets and not by the rules of some language, and a column that counts up is a `bigserial`. So that one list of
 * migrations serves both databases.
 */
export const portableTypes: KyselyPlugin = {
  transformQuery: ({ node, queryId }) => transformer.transformNode(node, queryId),
  transformResult: async ({ result }) => result,
}

class PortableTypes extends OperationNodeTransformer {
  protected override transformColumnDefinition(
    node: ColumnDefinitionNode,
    queryId: QueryId,
  ): ColumnDefinitionNode {
    const column = super.transformColumnDefinition(node, queryId)
    if (!column.autoIncrement) return { ...column, dataType: portable(column.dataType) }
    const { autoIncrement: _, ...rest } = column
    return { ...rest, dataType: RawNode.createWithSql('bigserial') }
  }
}

const transformer = new PortableTypes()

function portable(type: OperationNode): OperationNode {
  if (!DataTypeNode.is(type)) return type
  if (type.dataType === 'text') return RawNode.createWithSql('text collate "C"')
  if (type.dataType === 'integer') return RawNode.createWithSql('bigint')
  if (type.dataType === 'blob') return RawNode.createWithSql('bytea')
  return type
}
