import { createInvite, enrol, exportLog, getHub, getNonce, listMembers } from './hub.ts'
import { getModel, getModelChunk, listModels } from './model.ts'
import { addDataset, confirmRoster, getNode, listDatasets, showRoster } from './node.ts'
import { getRoster, putDataCard, signRoster } from './roster.ts'
import { cancelRun, createRun, getRun, listRuns } from './run.ts'
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
  putDataCard,
  nextTask,
  getWeights,
  offerUpdate,
  putChunk,
  finishTraining,
  finishEvaluation,
  failTask,
  reportProgress,
  createRun,
  listRuns,
  getRun,
  cancelRun,
  listModels,
  getModel,
  getModelChunk,
} as const

/** Everything that a node answers, to its own operator on its own machine. */
export const nodeEndpoints = {
  getNode,
  getNonce,
  addDataset,
  listDatasets,
  showRoster,
  confirmRoster,
} as const
