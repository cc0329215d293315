import type { hubEndpoints } from '@consort/protocol'
import type { Handlers } from '@consort/protocol/routes'
import type { BlobStore } from '@consort/storage'
import type { HubCallers } from '../callers.ts'
import type { LogOwner } from '../log/log-owner.ts'
import type { HubDatabase } from '../tables/hub-tables.ts'
import { getPrivacyMark, putPrivacyMark } from './budgets/privacy-mark.ts'
import { putPrivacyStatement } from './budgets/privacy-statement.ts'
import { answerConsultation, nextConsultations } from './consultations/answer-consultation.ts'
import { getConsultationKey, putConsultationKey } from './consultations/consultation-key.ts'
import type { ConsultationContext } from './consultations/context.ts'
import { closeConsultation, getConsultationAnswer } from './consultations/hear-answer.ts'
import { sendConsultation } from './consultations/send-consultation.ts'
import {
  getAgreement,
  getAgreementOf,
  proposeAgreement,
  signAgreement,
} from './documents/agreement-handlers.ts'
import { getRoster, getRosterOf, signRoster } from './documents/roster-handlers.ts'
import { exportLog, getHub } from './hub-handlers.ts'
import { createInvite, type InviteContext } from './members/create-invite.ts'
import { enrol } from './members/enrol.ts'
import { listMembers } from './members/list-members.ts'
import { type CardContext, putDataCard } from './members/put-data-card.ts'
import { getModel, getModelChunk } from './models/get-model.ts'
import { listModels } from './models/list-models.ts'
import { cancelRun } from './runs/cancel-run.ts'
import type { RunsContext } from './runs/context.ts'
import { createRun } from './runs/create-run.ts'
import { getRun, listRuns } from './runs/show-runs.ts'
import { putUsage } from './settlement/put-usage.ts'
import { getStatement, getUsagePage, makeStatement, signStatement } from './settlement/statement-handlers.ts'
import { getScales, putStatistics } from './statistics/statistics-handlers.ts'
import type { SurveysContext } from './surveys/context.ts'
import { refuseSurvey } from './surveys/refuse-survey.ts'
import { createSurvey, getSurvey, listSurveys } from './surveys/survey-handlers.ts'
import { getSurveyMessage, putSurveyInput, sendSurveyMessage } from './surveys/survey-sum.ts'
import type { TaskContext } from './tasks/context.ts'
import { failTask } from './tasks/fail-task.ts'
import { finishEvaluation } from './tasks/finish-evaluation.ts'
import { finishTraining } from './tasks/finish-training.ts'
import { getAggregationMessage } from './tasks/get-aggregation-message.ts'
import { getCohort } from './tasks/get-cohort.ts'
import { getWeights } from './tasks/get-weights.ts'
import { nextTask } from './tasks/next-task.ts'
import { offerUpdate } from './tasks/offer-update.ts'
import { putChunk } from './tasks/put-chunk.ts'
import { reportProgress } from './tasks/report-progress.ts'
import { sendAggregationMessage } from './tasks/send-aggregation-message.ts'
import { createUploadLimit, type UploadLimit } from './upload-limit.ts'

/** What each room's handlers work with, and nobody else's. */
export interface HandlerRooms {
  readonly members: MembersContext
  readonly documents: DocumentsContext
  readonly runs: RunsContext
  readonly tasks: TaskContext
  readonly surveys: SurveysContext
  readonly consultations: ConsultationContext
  readonly ledgers: LedgersContext
}

/** What the handlers of invites, members and data cards work with. */
export type MembersContext = InviteContext & CardContext

/** What the handlers of documents that members sign work with. */
export type DocumentsContext = Omit<RunsContext, 'blobs'> & { readonly consortium: string }

/** What keeps books of budgets, usage and statistics works with, and what reads the log. */
export type LedgersContext = LogOwner & { readonly database: HubDatabase; readonly blobs: BlobStore }

/** Gives every endpoint of the hub its handler. */
export function allHandlers(rooms: HandlerRooms): Handlers<typeof hubEndpoints, HubCallers> {
  const limited = createUploadLimit() // one for all that a member uploads
  return {
    ...memberHandlers(rooms.members),
    ...documentHandlers(rooms.documents),
    ...runHandlers(rooms.runs),
    ...taskHandlers(rooms.tasks, limited),
    ...surveyHandlers(rooms.surveys, limited),
    ...consultationHandlers(rooms.consultations),
    ...ledgerHandlers(rooms.ledgers),
  }
}

function memberHandlers(context: MembersContext) {
  return {
    getHub: getHub(context),
    getNonce: () => ({}),
    createInvite: createInvite(context),
    enrol: enrol(context),
    listMembers: listMembers(context),
    putDataCard: putDataCard(context),
  }
}

function documentHandlers(context: DocumentsContext) {
  return {
    getRoster: getRoster(context),
    getRosterOf: getRosterOf(context),
    signRoster: signRoster(context),
    getAgreement: getAgreement(context),
    getAgreementOf: getAgreementOf(context),
    proposeAgreement: proposeAgreement(context),
    signAgreement: signAgreement(context),
  }
}

function runHandlers(context: RunsContext) {
  return {
    createRun: createRun(context),
    listRuns: listRuns(context),
    getRun: getRun(context),
    cancelRun: cancelRun(context),
    listModels: listModels(context),
    getModel: getModel(context),
    getModelChunk: getModelChunk(context),
  }
}

function taskHandlers(context: TaskContext, limited: UploadLimit) {
  return {
    nextTask: nextTask(context),
    getWeights: getWeights(context),
    offerUpdate: offerUpdate(context),
    putChunk: limited(putChunk(context)),
    finishTraining: finishTraining(context),
    getCohort: getCohort(context),
    getAggregationMessage: getAggregationMessage(context),
    sendAggregationMessage: sendAggregationMessage(context),
    finishEvaluation: finishEvaluation(context),
    failTask: failTask(context),
    reportProgress: reportProgress(context),
  }
}

function surveyHandlers(context: SurveysContext, limited: UploadLimit) {
  return {
    createSurvey: createSurvey(context),
    listSurveys: listSurveys(context),
    getSurvey: getSurvey(context),
    getSurveyMessage: getSurveyMessage(context),
    sendSurveyMessage: sendSurveyMessage(context),
    putSurveyInput: limited(putSurveyInput(context)),
    refuseSurvey: refuseSurvey(context),
  }
}

function consultationHandlers(context: ConsultationContext) {
  return {
    putConsultationKey: putConsultationKey(context),
    getConsultationKey: getConsultationKey(context),
    sendConsultation: sendConsultation(context),
    nextConsultations: nextConsultations(context),
    answerConsultation: answerConsultation(context),
    getConsultationAnswer: getConsultationAnswer(context),
    closeConsultation: closeConsultation(context),
  }
}

function ledgerHandlers(context: LedgersContext) {
  return {
    putStatistics: putStatistics(context),
    getScales: getScales(context),
    getPrivacyMark: getPrivacyMark(context),
    putPrivacyMark: putPrivacyMark(context),
    putPrivacyStatement: putPrivacyStatement(context),
    putUsage: putUsage(context),
    makeStatement: makeStatement(context),
    getStatement: getStatement(context),
    getUsagePage: getUsagePage(context),
    signStatement: signStatement(context),
    exportLog: exportLog(context),
  }
}
