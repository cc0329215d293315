import type { hubEndpoints } from '@consort/protocol'
import type { Handlers } from '@consort/protocol/routes'
import { entriesAfter } from '@consort/storage'
import { readAgreement } from '../agreement.ts'
import type { HubCallers, HubContext } from '../context.ts'
import { readRoster } from '../roster.ts'
import { readStatement } from '../statements.ts'
import { hubVersion } from '../version.ts'
import {
  getAggregationMessage,
  getCohort,
  sendAggregationMessage,
} from './aggregation/aggregation-handlers.ts'
import { proposeAgreement, signAgreement } from './agreement/agreement-handlers.ts'
import { getPrivacyMark, putPrivacyMark } from './budgets/privacy-mark.ts'
import { putPrivacyStatement } from './budgets/privacy-statement.ts'
import {
  answerConsultation,
  closeConsultation,
  getConsultationAnswer,
  nextConsultations,
} from './consultations/answer-consultation.ts'
import { getConsultationKey, putConsultationKey } from './consultations/consultation-key.ts'
import { sendConsultation } from './consultations/send-consultation.ts'
import { createInvite } from './membership/create-invite.ts'
import { enrol } from './membership/enrol.ts'
import { listMembers } from './membership/list-members.ts'
import { putDataCard } from './membership/put-data-card.ts'
import { signRoster } from './membership/sign-roster.ts'
import { getModel, getModelChunk } from './models/get-model.ts'
import { listModels } from './models/list-models.ts'
import { cancelRun, createRun, getRun, listRuns } from './runs/run-handlers.ts'
import { putUsage } from './settlement/put-usage.ts'
import { makeStatement, signStatement } from './settlement/statement-handlers.ts'
import { getScales, putStatistics } from './statistics/statistics-handlers.ts'
import { createSurvey, getSurvey, listSurveys } from './surveys/survey-handlers.ts'
import { getSurveyMessage, putSurveyInput, refuseSurvey, sendSurveyMessage } from './surveys/survey-sum.ts'
import { failTask } from './tasks/fail-task.ts'
import { finishEvaluation } from './tasks/finish-evaluation.ts'
import { finishTraining } from './tasks/finish-training.ts'
import { getWeights } from './tasks/get-weights.ts'
import { nextTask } from './tasks/next-task.ts'
import { offerUpdate } from './tasks/offer-update.ts'
import { putChunk } from './tasks/put-chunk.ts'
import { reportProgress } from './tasks/report-progress.ts'

const entriesPerPage = 500

/** Every endpoint of the hub with its handler. */
export function allHandlers(context: HubContext): Handlers<typeof hubEndpoints, HubCallers> {
  const { consortium, key, database, now } = context
  return {
    getHub: () => ({ consortium, key: key.publicKey, version: hubVersion, time: now().toISOString() }),
    getNonce: () => ({}),
    createInvite: createInvite(context),
    enrol: enrol(context),
    listMembers: listMembers(context),
    getRoster: () => readRoster(database),
    signRoster: signRoster(context),
    getAgreement: () => readAgreement(database),
    proposeAgreement: proposeAgreement(context),
    signAgreement: signAgreement(context),
    putDataCard: putDataCard(context),
    putStatistics: putStatistics(context),
    getScales: getScales(context),
    createSurvey: createSurvey(context),
    listSurveys: listSurveys(context),
    getSurvey: getSurvey(context),
    getSurveyMessage: getSurveyMessage(context),
    sendSurveyMessage: sendSurveyMessage(context),
    putSurveyInput: putSurveyInput(context),
    refuseSurvey: refuseSurvey(context),
    nextTask: nextTask(context),
    getWeights: getWeights(context),
    offerUpdate: offerUpdate(context),
    putChunk: putChunk(context),
    finishTraining: finishTraining(context),
    getCohort: getCohort(context),
    getAggregationMessage: getAggregationMessage(context),
    sendAggregationMessage: sendAggregationMessage(context),
    finishEvaluation: finishEvaluation(context),
    failTask: failTask(context),
    reportProgress: reportProgress(context),
    getPrivacyMark: getPrivacyMark(context),
    putPrivacyMark: putPrivacyMark(context),
    putPrivacyStatement: putPrivacyStatement(context),
    createRun: createRun(context),
    listRuns: listRuns(context),
    getRun: getRun(context),
    cancelRun: cancelRun(context),
    listModels: listModels(context),
    getModel: getModel(context),
    getModelChunk: getModelChunk(context),
    putUsage: putUsage(context),
    makeStatement: makeStatement(context),
    getStatement: ({ params, query }) => readStatement(database, { ...params, ...query }),
    signStatement: signStatement(context),
    putConsultationKey: putConsultationKey(context),
    getConsultationKey: getConsultationKey(context),
    sendConsultation: sendConsultation(context),
    nextConsultations: nextConsultations(context),
    answerConsultation: answerConsultation(context),
    getConsultationAnswer: getConsultationAnswer(context),
    closeConsultation: closeConsultation(context),
    exportLog: async ({ query: { from } }) => {
      const entries = await entriesAfter(database, from, entriesPerPage)
      return { entries, next: entries.length < entriesPerPage ? null : from + entries.length }
    },
  }
}
