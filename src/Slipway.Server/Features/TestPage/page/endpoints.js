// The deployer's endpoints, with the fields of their requests.

import * as checks from './checks.js';

const modelId = { name: 'model_id', kind: 'line', isRequired: true, check: checks.line, suggests: 'models' };
const modelTag = { name: 'model_tag', kind: 'line', check: checks.tag, usual: 'dev' };
const deployed = { id: 'tiny', values: { model_id: 'slipway-tiny', model_tag: 'dev' } };

const deployFields = [
  modelId,
  modelTag,
  { name: 'service_type', kind: 'line', isRequired: true, check: checks.line, suggests: 'services' },
  { name: 'instance_type', kind: 'line', isRequired: true, check: checks.line, suggests: 'instances' },
  { name: 'engine_type', kind: 'line', isRequired: true, check: checks.line, suggests: 'engines' },
  { name: 'region', kind: 'line', check: checks.region },
  { name: 'framework_type', kind: 'choice', choices: ['fastapi', 'flask', 'django'], isMore: true },
  { name: 'env_stack_on_failure', kind: 'choice', choices: ['ROLLBACK', 'DELETE', 'DO_NOTHING'], isMore: true },
  { name: 'model_stack_name', kind: 'line', check: checks.stack, isMore: true },
  { name: 'extra_params', kind: 'object', check: checks.object, isMore: true },
  { name: 'force_env_stack_update', kind: 'flag', isMore: true },
  { name: 'waiting_until_deploy_complete', kind: 'flag', isMore: true },
];

// The first works on a machine without AWS; the second shows what a request to SageMaker looks like.
const deploySamples = [
  {
    id: 'local',
    values: { model_id: 'slipway-tiny', model_tag: 'dev', service_type: 'local', instance_type: 'local', engine_type: 'slipway' },
  },
  {
    id: 'sagemaker',
    values: {
      model_id: 'Qwen3-8B', model_tag: 'dev', service_type: 'sagemaker_realtime', instance_type: 'g5.2xlarge', engine_type: 'vllm',
      region: 'us-east-1',
    },
  },
];

/** In the order in which one gets to know them. `asks`: it is asked first whether this is really meant. */
export const endpoints = [
  { id: 'ping', method: 'GET', path: '/ping', fields: [], samples: [] },
  { id: 'emd_deploy', method: 'POST', path: '/emd_deploy', fields: deployFields, samples: deploySamples },
  { id: 'emd_status', method: 'POST', path: '/emd_status', fields: [modelId, modelTag], samples: [deployed] },
  { id: 'emd_destroy', method: 'POST', path: '/emd_destroy', fields: [modelId, modelTag], samples: [deployed], asks: true },
  { id: 'emd_supported_models', method: 'POST', path: '/emd_supported_models', fields: [], samples: [] },
  {
    id: 'emd_details', method: 'POST', path: '/emd_details', fields: [modelId, { name: 'detail', kind: 'flag' }],
    samples: [{ id: 'tiny', values: { model_id: 'slipway-tiny', detail: true } }],
  },
  { id: 'emd_models', method: 'POST', path: '/emd_models', fields: [], samples: [] },
];

export const byId = Object.fromEntries(endpoints.map(endpoint => [endpoint.id, endpoint]));
