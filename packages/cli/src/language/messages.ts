import type {
  AnonymityView,
  BudgetsView,
  BudgetView,
  CaseView,
  Exemptions,
  KeyHolder,
  WithdrawalReason,
} from '@consort/protocol'
import type { BaseWords } from './base-words.ts'
import type { RunWords } from './run-words.ts'
import type { ValueWords } from './value-words.ts'

/** Every sentence that the CLI says, in one language. A sentence that is missing in one does not compile. */
export interface Messages {
  /** Of the texts that other packages bring along. */
  readonly language: 'en' | 'zh'
  /** Between the items of a list, and after what is explained. */
  readonly comma: string
  readonly colon: string
  readonly about: {
    readonly program: string
    readonly hub: string
    readonly hubStart: string
    readonly hubInvite: string
    readonly partner: string
    readonly partnerEnrol: string
    readonly partnerStart: string
    readonly partnerStatus: string
    readonly roster: string
    readonly rosterShow: string
    readonly rosterSign: string
    readonly agreement: string
    readonly agreementPropose: string
    readonly agreementShow: string
    readonly agreementSign: string
    readonly statement: string
    readonly statementMake: string
    readonly statementShow: string
    readonly statementSign: string
    readonly statementExport: string
    readonly statementVerify: string
    readonly dataset: string
    readonly datasetAdd: string
    readonly datasetCheck: string
    readonly datasetList: string
    readonly datasetShow: string
    readonly datasetExport: string
    readonly recipe: string
    readonly recipeList: string
    readonly recipeShow: string
    readonly recipeCheck: string
    readonly recipeStandardise: string
    readonly survey: string
    readonly surveyStart: string
    readonly surveyList: string
    readonly surveyShow: string
    readonly run: string
    readonly runStart: string
    readonly runWatch: string
    readonly runList: string
    readonly runShow: string
    readonly runCancel: string
    readonly model: string
    readonly modelList: string
    readonly modelShow: string
    readonly modelExport: string
    readonly modelPredict: string
    readonly modelCompare: string
    readonly agent: string
    readonly agentPut: string
    readonly agentList: string
    readonly agentTry: string
    readonly agentWithdraw: string
    readonly agentClose: string
    readonly agentReport: string
    readonly agentValue: string
    readonly key: string
    readonly keyCreate: string
    readonly keyList: string
    readonly keyRevoke: string
    readonly explain: string
    readonly budget: string
    readonly budgetShow: string
    readonly budgetReconcile: string
    readonly storage: string
    readonly audit: string
    readonly auditVerify: string
    readonly auditExport: string
    readonly database: string
    readonly databaseMove: string
    readonly doctor: string
    readonly doctorPrivacy: string
  }
  readonly help: {
    readonly help: string
    readonly version: string
    /** Commander's own headings. */
    readonly titles: Readonly<Record<string, string>>
  }
  readonly option: {
    readonly data: string
    readonly json: string
    readonly lang: string
    readonly noColour: string
    readonly role: string
    readonly listen: string
    readonly consortium: string
    readonly publicUrl: string
    readonly moveTo: string
    readonly yesRead: string
    readonly yes: string
    readonly model: string
    readonly alpha: string
    readonly delta: string
    readonly errorCost: string
    readonly spotCheck: string
    readonly beta: string
    readonly judgedError: string
    readonly judgedPrice: string
    readonly judgedWaiting: string
    readonly otherBeta: string
    readonly doubleAfter: string
    readonly labelDays: string
    readonly noWatch: string
    readonly closeReason: string
    readonly tried: string
    readonly share: string
    readonly agreement: string
    readonly holder: string
    readonly scope: string
    readonly expires: string
    readonly perMinute: string
    readonly queries: string
    readonly budget: string
    readonly decimals: string
    readonly dataset: string
    readonly test: string
    readonly validation: string
    readonly rules: string
    readonly recipient: string
    readonly exportTo: string
    readonly names: string
    readonly ask: string
    readonly only: string
    readonly detach: string
    readonly before: string
    readonly output: string
    readonly attacked: string
    readonly record: string
    readonly picture: string
  }
  readonly word: {
    readonly name: string
    readonly role: string
    readonly state: string
    readonly round: string
    readonly fingerprint: string
    readonly dataset: string
    readonly examples: string
    readonly forEvaluation: string
    readonly published: string
    readonly yes: string
    readonly no: string
    readonly hub: string
    readonly recipe: string
    readonly run: string
    readonly model: string
    readonly accuracy: string
    readonly created: string
    readonly reason: string
    readonly partner: string
    readonly evaluator: string
    readonly probability: string
    readonly hint: string
    /** Before the hint that a refusal brings along, which is in English. */
    readonly ownHint: string
    readonly purpose: string
    readonly promise: string
    readonly answer: string
    readonly waiting: string
    readonly confidence: string
    readonly threshold: string
    readonly agreement: string
    readonly trainedBy: string
    readonly own: string
    readonly shared: string
    readonly fineTuned: string
    readonly field: string
    readonly column: string
    readonly recorded: string
    readonly survey: string
    readonly recordsInUpdate: string
    readonly recovered: string
    readonly missing: string
    readonly budget: string
    readonly unit: string
    readonly left: string
    readonly asked: string
    readonly reached: string
    readonly withoutField: string
    readonly removed: string
    readonly pictures: string
    readonly holder: string
    readonly agents: string
    readonly perMinute: string
    readonly queries: string
    readonly money: string
    readonly expires: string
    readonly notRunning: string
  }
  readonly phase: RunWords['phase']
  readonly hubListening: (url: string, data: string) => string
  readonly hubKey: (fingerprint: string) => string
  readonly stopWith: string
  readonly inviteFor: (name: string) => string
  readonly enrolled: (name: string, consortium: string) => string
  readonly enrolledNext: string
  readonly nodeWorking: (name: string, hub: string) => string
  readonly versionsDiffer: (versions: { hub: string; node: string; older: 'hub' | 'node' }) => string
  readonly rosterInForce: (version: number) => string
  readonly rosterSize: (version: number, members: number) => string
  readonly rosterProposed: (version: number, missing: string) => string
  readonly rosterNone: string
  readonly rosterCompare: string
  readonly rosterQuestion: (version: number) => string
  readonly rosterSigned: (version: number, missing: string) => string
  readonly rosterNothing: string
  readonly agreementInForce: (version: number) => string
  readonly agreementProposed: (version: number, missing: string) => string
  readonly agreementProposedNext: (version: number) => string
  readonly agreementChanges: string
  readonly agreementNone: string
  readonly agreementQuestion: (version: number) => string
  readonly agreementSigned: (version: number, missing: string) => string
  readonly agreementNothing: string
  /** Of a run that ended long ago. */
  readonly condensed: string
  /** Whose updates the opened sums of some rounds say something about. */
  readonly exposed: (members: readonly string[], rounds: readonly number[]) => string
  readonly memberFailed: (failure: {
    readonly round: number
    readonly name: string
    readonly code: string
    readonly reference: string
    readonly hint: string
  }) => string
  readonly statementNone: (month: string) => string
  readonly statementInForce: string
  readonly statementProposed: string
  readonly statementUncounted: (answers: number) => string
  readonly statementHolds: (of: {
    readonly pages: number
    readonly signed: readonly string[]
    readonly unsigned: readonly string[]
    readonly fingerprint: string
  }) => string
  readonly statementSigned: (month: string, isSettled: boolean) => string
  readonly needYes: string
  readonly agreementNeedYes: string
  readonly unknownTopic: (topic: string) => string
  readonly datasetAdded: (name: string, train: number, evaluation: number) => string
  readonly datasetUnpublished: string
  readonly datasetUnreadable: (name: string) => string
  readonly exportCounted: Readonly<Record<AnonymityView['counted'], string>>
  readonly rowsBelow: (k: number) => string
  readonly exportNotCovered: (fields: string) => string
  readonly exportWritten: (count: number, path: string) => string
  readonly exportTurned: (pictures: number) => string
  readonly exportOwner: string
  readonly exportPictures: string
  readonly conforms: (conforms: boolean, records: number) => string
  readonly promise: (alpha: string, confidence: string) => string
  readonly gateOpen: (threshold: string, share: string) => string
  readonly gateClosed: (labels: number) => string
  readonly guaranteeAfter: Readonly<Record<WithdrawalReason, string>>
  /** Rows of an agent's report: what is counted, and how. */
  readonly report: {
    readonly asked: string
    readonly answered: string
    readonly deferred: string
    readonly consulted: string
    readonly wrong: string
    readonly wrongOf: (estimate: string, error: string, audited: number) => string
    readonly noSpotCheck: string
    readonly labels: string
    readonly labelsOf: (of: { heldOut: number; deferred: number; audited: number }) => string
    readonly awaited: string
    readonly guarantee: string
  }
  /** What an agent's cases cost, and would have cost under other rules. */
  readonly value: ValueWords
  /** Base models of the node. */
  readonly base: BaseWords
  readonly challenger: Readonly<Record<'running' | 'withdrawn', (share: string) => string>>
  readonly compared: (better: number, worse: number, labelled: number) => string
  readonly keyShownOnce: string
  readonly keyHolder: Readonly<Record<KeyHolder, string>>
  readonly keyRevoked: (at: string) => string
  readonly answeredBy: Readonly<Record<'agent' | 'partner' | 'expert', string>>
  readonly caseReason: Readonly<Record<CaseView['reason'], string>>
  readonly reviewStage: Readonly<Record<'first' | 'final', string>>
  readonly inTheLog: string
  readonly comparedOn: (records: number) => string
  readonly privacyUnit: Readonly<Record<BudgetView['unit'], string>>
  readonly exemption: Readonly<Record<keyof Exemptions, string>>
  readonly budgetNone: string
  readonly budgetBooks: Readonly<Record<BudgetsView['books'], string>>
  readonly budgetQuestion: string
  /** What the card of a model says of one member, ε and δ as text. */
  readonly privacyOf: (of: {
    member: string
    unit: BudgetView['unit']
    epsilon: string
    delta: string
    budget: string
  }) => string
  readonly privacyAgainst: string
  readonly privacyExempt: (member: string, what: string, words: string) => string
  readonly standardised: (partners: string, isSummed: boolean) => string
  readonly surveyStarted: (id: string) => string
  readonly surveyState: Readonly<Record<'open' | 'done' | 'failed', string>>
  readonly surveyStaysOut: (name: string, code: string, reference: string) => string
  readonly surveyWithheld: string
  readonly runStarted: (id: string) => string
  readonly rounds: RunWords['rounds']
  readonly nodeNotRunning: (path: string) => string
  readonly columnsLacking: (member: string, columns: readonly string[]) => string
  readonly runDetached: (id: string) => string
  readonly runRound: (round: number, rounds: number) => string
  readonly runOver: Readonly<Record<'done' | 'failed' | 'cancelled', (reason: string) => string>>
  readonly nothingYet: string
  readonly listGoesOn: (next: string) => string
  readonly exported: (path: string) => string
  readonly recipeValid: (name: string, parameters: number) => string
  readonly logHolds: (count: number, head: string) => string
  readonly segmentElsewhere: (part: {
    readonly segment: number
    readonly first: number
    readonly last: number
    readonly digest: string
  }) => string
  readonly logExported: (count: number, path: string) => string
  readonly tablesMoved: (tables: number, rows: number) => string
  readonly tablesWereMoved: string
  readonly doctorGood: string
  readonly doctorBad: (count: number) => string
  /** The name of the data set; undefined for drawn digits. */
  readonly inversionOf: (dataset: string | undefined) => string
  readonly inversionSent: Readonly<Record<'plain' | 'imprinted' | 'private', string>>
  readonly inversionPicture: (path: string) => string
  readonly inversionAdvice: string
  readonly check: Readonly<
    Record<
      'node' | 'directory' | 'space' | 'sync' | 'engine' | 'hub' | 'clock' | 'roster' | 'dataset' | 'policy',
      string
    >
  >
  readonly interrupted: string
}
