import { calledOf } from '../../lib/kubernetes/identity';
import type { Manifest } from '../../lib/manifests';
import { yamlText } from '../../lib/yaml-text';
import { FIELD_MANAGER } from './apply';
import { resourceOf } from './kinds';
import { type CallOptions, type Kubectl, KubectlError } from './kubectl';

/** Fields as the API server notes who has set them: a tree of their names. */
interface Fields {
  readonly [name: string]: Fields;
}

interface ManagedFields {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly fieldsType: 'FieldsV1';
  readonly fieldsV1: Fields;
  /** `status` and `scale` are written by controllers and autoscalers. */
  readonly subresource?: string;
}

/** What it writes into objects itself, such as the number of a revision, is no hand's. */
const CONTROLLERS = /^kube-controller-manager$/;

/** How often it is tried while others write into the object. */
const TRIES = 10;

/**
 * Makes seda the owner of every field that a hand has written into an object, so that the next apply takes away what is not
 * rendered: a `value` beside a `valueFrom`, a second handler of a probe. Nothing else of the object changes, and no pod.
 */
export async function takeOver(
  kubectl: Kubectl,
  object: Manifest,
  options: CallOptions = {},
): Promise<void> {
  await whileOthersWrite(() => takeOverNow(kubectl, object, options));
}

/** Again where somebody has written into the object between its read and its change, as its controller does all the time. */
async function whileOthersWrite<T>(change: () => Promise<T>): Promise<T> {
  for (let left = TRIES - 1; ; left -= 1)
    try {
      return await change();
    } catch (error) {
      if (left === 0 || !(error instanceof KubectlError && error.reason.code === 'conflict'))
        throw error;
    }
}

async function takeOverNow(
  kubectl: Kubectl,
  object: Manifest,
  options: CallOptions,
): Promise<void> {
  const what = `cannot take over ${calledOf(object)}`;
  const named = [resourceOf(object), object.metadata.name];
  const { metadata } = await kubectl.json<{
    metadata: { resourceVersion: string; managedFields?: readonly ManagedFields[] };
  }>(what, ['get', ...named, '--show-managed-fields'], options);
  const entries = metadata.managedFields ?? [];
  const taken = entries.filter(
    ({ manager, subresource }) => subresource === undefined && !CONTROLLERS.test(manager),
  );
  if (taken.length === 0) return;
  const owned = {
    manager: FIELD_MANAGER,
    operation: 'Apply',
    apiVersion: object.apiVersion,
    fieldsType: 'FieldsV1',
    fieldsV1: taken.map(({ fieldsV1 }) => fieldsV1).reduce(union, {}),
  };
  const patch = [
    // Where somebody has changed it meanwhile, it is a conflict.
    { op: 'replace', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
    {
      op: 'replace',
      path: '/metadata/managedFields',
      value: [...entries.filter((entry) => !taken.includes(entry)), owned],
    },
  ];
  await kubectl.run(
    what,
    ['patch', ...named, '--type=json', `--patch=${JSON.stringify(patch)}`],
    options,
  );
}

/** All fields that either has. */
function union(one: Fields, other: Fields): Fields {
  const merged: { [name: string]: Fields } = { ...one };
  for (const [name, fields] of Object.entries(other)) merged[name] = union(one[name] ?? {}, fields);
  return merged;
}

/** What an object would be once it was taken over and applied: what is rendered, and the number of pods that an autoscaler chose. */
export async function tryReplacement(
  kubectl: Kubectl,
  object: Manifest,
  live: Manifest,
  options: CallOptions = {},
): Promise<Manifest> {
  const { replicas } = (live.spec ?? {}) as { replicas?: number };
  const whole =
    object.spec?.replicas === undefined && replicas !== undefined
      ? { ...object, spec: { ...object.spec, replicas } }
      : object;
  // kubectl reads the object first, and replaces only what it has read.
  const replaced = await whileOthersWrite(() =>
    kubectl.run(
      `cannot replace ${calledOf(object)}`,
      ['replace', '--dry-run=server', '--filename=-', '--output=json'],
      { ...options, input: yamlText([whole]) },
    ),
  );
  return JSON.parse(replaced) as Manifest;
}
