import type { Wording } from '../wording.ts'

/** The first edition. Agreements were signed in these words: they are never edited. */
export const firstEnglish = {
  language: null,
  agreement: {
    heading: ({ consortium, version }) => `Agreement of the consortium ${consortium}, edition ${version}`,
    replaces: previous =>
      previous === null
        ? 'No edition before it was in force.'
        : `It replaces the edition with the digest ${previous}.`,
    closing: digest =>
      `This describes the document with the digest ${digest}. That document is what is signed; it holds all texts in English and Chinese.`,
  },
  titles: {
    who: 'Who takes part',
    purpose: 'Purpose',
    data: 'Data',
    statistics: 'Statistics',
    recipes: 'Recipes',
    privacy: 'Privacy',
    use: 'Use of the model',
    retraining: 'Retraining',
    price: 'Price',
    division: 'Division of what is earned',
    amendment: 'Amendments',
  },
  who: {
    partners: names => `The partners are: ${names}. Each of them signs.`,
    evaluators: names => `Evaluators hold a common test set only, have no share and need not sign: ${names}.`,
    hub: 'The hub coordinates, never sees a record, and signs too.',
    otherRoster:
      'These terms bind the members of another roster than the present one. Runs need a new edition that names the present one.',
    roster: digest => `The members and their keys stand in the roster with the digest ${digest}.`,
  },
  data: {
    intro: 'Runs may use these fields of these data sets, and nothing else. Records stay where they are.',
    field: ({ name, text }) => `${name}: ${text}`,
    number: ({ meaning, unit, min, max }) =>
      `${meaning}; a number (${unit === null ? 'no unit' : `unit: ${unit}`}) from ${min} to ${max}`,
    category: ({ meaning, codes }) => `${meaning}; one of: ${codes}`,
    code: ({ code, meaning }) => `${code} (${meaning})`,
    label: category => `what is to be predicted. ${category}`,
  },
  statistics: {
    told: 'Of each number field a node may tell the hub how many values it holds, their mean and their spread, so that all standardise alike.',
    summed:
      'Nodes answer questions about their fields in sums over all partners, so that the hub learns of number fields only what the records of at least three partners give together, and of categories counts with noise. No node tells its own.',
    untold: 'Nodes tell no statistics of their fields.',
  },
  recipes: {
    intro: 'These recipes may be trained, and no others.',
    recipe: ({ name, digest }) =>
      digest === null
        ? `${name}: any recipe of this name that keeps to these terms`
        : `${name}: only the recipe with the digest ${digest}`,
  },
  privacy: {
    aggregated: 'Updates must be added up by secure aggregation, so that the hub sees none alone.',
    single: 'The hub may see the update of each partner alone.',
    bounded: epsilonMax =>
      `In one run the privacy loss of a record may be at most ε = ${epsilonMax} (differential privacy, δ = 1e-5).`,
    unbounded: 'No bound on the loss of privacy of a record is asked for.',
    hidden: ({ k, l }) =>
      `A de-identified table may leave its owner only if at least ${k} persons (records, where persons are not told apart) have the same quasi-identifiers, and at least ${l} ${l === 1 ? 'value' : 'values'} of each sensitive field ${l === 1 ? 'occurs' : 'occur'} among them. The owner names these fields. Of free text and pictures no such thing is promised.`,
    ownRules: 'What a de-identified table must hold to leave its owner is left to the owner’s own rules.',
  },
  use: { intro: 'The agents of these partners may answer with the model, and no others.' },
  retraining: {
    after: examples =>
      `A new run of the last recipe starts by itself whenever ${examples} new examples have been registered.`,
    never: 'No run starts by itself.',
  },
  price: price => `A caller owes ${price} for each answer, to the partner whose agent or expert gave it.`,
  division: {
    intro:
      'For each calendar month (UTC) a statement adds up what all partners collected, and divides it among them.',
    rule: {
      fixed: 'It is divided by fixed parts. A partner that is not listed has none.',
      'by-use':
        'It is divided by the answers that each partner gave, so that each partner keeps what it collected.',
      'by-examples':
        'It is divided by examples: each answer counts for each partner as many examples as it brought to the version that answered.',
    },
    parts: ({ member, parts }) => `${member}: ${parts} ${parts === 1 ? 'part' : 'parts'}`,
    rounding:
      'Shares are whole amounts of the smallest unit and add up exactly: each is rounded down, and what is left goes, unit by unit, to the largest remainders, among equal ones in the order of names. Where there is nothing to divide by, shares are equal.',
    example: ({ total, supposed, shares }) =>
      supposed === null
        ? `For example, ${total} would be divided so: ${shares}.`
        : `For example, ${supposed}, ${total} would be divided so: ${shares}.`,
    supposedAnswers: counts => `if the partners’ answers were ${counts}`,
    supposedExamples: counts => `if the examples that count were ${counts}`,
  },
  amendment:
    'These terms change only by a new edition, which names this one by its digest. An edition is in force once the hub and every partner have signed it; until then the one before it stays in force. Another roster needs a new edition too.',
  change: {
    added: text => `added: ${text}`,
    removed: text => `removed: ${text}`,
    changed: (before, after) => `was: ${before} → becomes: ${after}`,
    changedElsewhere: (before, after) => `in the Chinese text was: ${before} → becomes: ${after}`,
    line: ({ clause, title, change }) => `${clause}. ${title} – ${change}`,
  },
  statement: {
    heading: ({ consortium, month }) => `Statement of the consortium ${consortium} for ${month} (UTC)`,
    revenue: ({ answers, price, revenue }) => `Revenue: ${answers} answers at ${price} = ${revenue}`,
    rule: {
      fixed: 'Divided by fixed parts.',
      'by-use': 'Divided by the answers that each partner gave.',
      'by-examples': 'Divided by the examples in the versions that answered.',
    },
    columns: {
      member: 'partner',
      answers: 'answers',
      collected: 'collected',
      examples: 'examples',
      share: 'share',
      balance: 'balance',
    },
    total: 'total',
    balance: 'Balance = share − collected: above zero still to get, below zero to pay.',
    agreement: digest => `By the agreement with the digest ${digest}`,
  },
  comma: ', ',
} satisfies Wording
