import { listAgents, putAgent, putChallenger, withdrawChallenger } from './agent.ts'
import { getAgreement, proposeAgreement, signAgreement } from './agreement.ts'
import {
  getPrivacyMark,
  putPrivacyMark,
  putPrivacyStatement,
  reconcileBudgets,
  showBudgets,
} from './budget.ts'
import {
  answerReview,
  askAgent,
  cancelCase,
  explainCase,
  getCase,
  getReview,
  giveFeedback,
  listCases,
  listReviews,
} from './case.ts'
import { compareModels } from './comparison.ts'
import { checkExport, exportRecords } from './export.ts'
import { createInvite, enrol, exportLog, getHub, getNonce, listMembers } from './hub.ts'
import { createAccessKey, getOwnKey, listAccessKeys, revokeAccessKey } from './key.ts'
import { getModel, getModelChunk, listModels } from './model.ts'
import {
  addDataset,
  checkDataset,
  confirmAgreement,
  confirmRoster,
  confirmStatement,
  getNode,
  listDatasets,
  showAgreement,
  showRoster,
} from './node.ts'
import { getRoster, putDataCard, signRoster } from './roster.ts'
import { cancelRun, createRun, getRun, listRuns } from './run.ts'
import { getAggregationMessage, getCohort, sendAggregationMessage } from './secure-aggregation.ts'
import { getStatement, makeStatement, putUsage, signStatement } from './settlement.ts'
import { getScales, putStatistics } from './statistics.ts'
import {
  createSurvey,
  getSurvey,
  getSurveyMessage,
  listSurveys,
  putSurveyInput,
  refuseSurvey,
  sendSurveyMessage,
} from './survey.ts'
import {
  failTask,
  finishEvaluation,
  finishTraining,
  getWeights,
  nextTask,
  offerUpdate,
  putChunk,
  reportProgress,
} from './task.ts'

/** Everything that the hub answers. */
export const hubEndpoints = {
  getHub,
  getNonce,
  listMembers,
  createInvite,
  enrol,
  exportLog,
  getRoster,
  signRoster,
  getAgreement,
  proposeAgreement,
  signAgreement,
  putDataCard,
  putStatistics,
  getScales,
  createSurvey,
  listSurveys,
  getSurvey,
  getSurveyMessage,
  sendSurveyMessage,
  putSurveyInput,
  refuseSurvey,
  nextTask,
  getWeights,
  offerUpdate,
  putChunk,
  finishTraining,
  getCohort,
  getAggregationMessage,
  sendAggregationMessage,
  finishEvaluation,
  failTask,
  reportProgress,
  getPrivacyMark,
  putPrivacyMark,
  putPrivacyStatement,
  createRun,
  listRuns,
  getRun,
  cancelRun,
  listModels,
  getModel,
  getModelChunk,
  putUsage,
  makeStatement,
  getStatement,
  signStatement,
} as const

/** Everything that a node answers, on its own machine: to its operator, and to applications and experts with a key. */
export const nodeEndpoints = {
  getNode,
  getNonce,
  addDataset,
  checkDataset,
  listDatasets,
  checkExport,
  exportRecords,
  showRoster,
  confirmRoster,
  showAgreement,
  confirmAgreement,
  confirmStatement,
  compareModels,
  showBudgets,
  reconcileBudgets,
  explainCase,
  createAccessKey,
  listAccessKeys,
  revokeAccessKey,
  getOwnKey,
  putAgent,
  putChallenger,
  withdrawChallenger,
  listAgents,
  askAgent,
  getCase,
  listCases,
  cancelCase,
  giveFeedback,
  listReviews,
  getReview,
  answerReview,
} as const
