import type { Rule } from '../rule';
import { appliedOtherwise } from './applied-otherwise';
import { argocdChanged } from './argocd-changed';
import { budgetWeakened } from './budget-weakened';
import { colourNotStaged } from './colour-not-staged';
import { contractionTooEarly } from './contraction-too-early';
import { credentialInGit } from './credential-in-git';
import { descriptionChanged } from './description-changed';
import { destinationUnreachable } from './destination-unreachable';
import { entryGuardWeakened } from './entry-guard-weakened';
import { entryLost } from './entry-lost';
import { firstShareTooLarge } from './first-share-too-large';
import { gateWeakened } from './gate-weakened';
import { hostWithoutPods } from './host-without-pods';
import { identityChanged } from './identity-changed';
import { imageNotProven } from './image-not-proven';
import { immutableField } from './immutable-field';
import { malformed } from './malformed';
import { migrationChanged } from './migration-changed';
import { monitoringWeakened } from './monitoring-weakened';
import { networkCutOff } from './network-cut-off';
import { networkOpened } from './network-opened';
import { objectAdded } from './object-added';
import { objectRemoved } from './object-removed';
import { podGuardWeakened } from './pod-guard-weakened';
import { publicUrlLost } from './public-url-lost';
import { referenceMissing } from './reference-missing';
import { replicasAndAutoscaler } from './replicas-and-autoscaler';
import { rightsTaken } from './rights-taken';
import { routeRulesMoved } from './route-rules-moved';
import { scaledColourNotStaged } from './scaled-colour-not-staged';
import { secretChangedInPlace } from './secret-changed-in-place';
import { secretFromElsewhere } from './secret-from-elsewhere';
import { serviceChanged } from './service-changed';
import { servingColourChanged } from './serving-colour-changed';
import { servingColourShrinks } from './serving-colour-shrinks';
import { severalMakers } from './several-makers';
import { sharesInconsistent } from './shares-inconsistent';
import { sizeOutOfRange } from './size-out-of-range';
import { unreadData } from './unread-data';
import { waveOrder } from './wave-order';

/** Everything that `seda check` proves, in the order in which it is said. */
export const RULES: readonly Rule[] = [
  hostWithoutPods,
  entryLost,
  sharesInconsistent,
  firstShareTooLarge,
  routeRulesMoved,
  servingColourChanged,
  servingColourShrinks,
  sizeOutOfRange,
  colourNotStaged,
  scaledColourNotStaged,
  gateWeakened,
  migrationChanged,
  contractionTooEarly,
  imageNotProven,
  referenceMissing,
  severalMakers,
  secretChangedInPlace,
  networkCutOff,
  networkOpened,
  destinationUnreachable,
  publicUrlLost,
  serviceChanged,
  entryGuardWeakened,
  podGuardWeakened,
  budgetWeakened,
  replicasAndAutoscaler,
  monitoringWeakened,
  identityChanged,
  objectRemoved,
  objectAdded,
  rightsTaken,
  secretFromElsewhere,
  appliedOtherwise,
  immutableField,
  malformed,
  waveOrder,
  credentialInGit,
  argocdChanged,
  descriptionChanged,
  unreadData,
];

/** Those that are asked again of what runs in the cluster; what is in git was judged before the merge. */
export const CLUSTER_RULES: readonly Rule[] = [
  hostWithoutPods,
  servingColourChanged,
  servingColourShrinks,
  colourNotStaged,
  scaledColourNotStaged,
  contractionTooEarly,
  referenceMissing,
  secretChangedInPlace,
  replicasAndAutoscaler,
  immutableField,
  waveOrder,
];

/** A file or a folder of manifests that is no longer there. */
export const ENVIRONMENT_REMOVED: Rule = {
  name: 'environment-removed',
  protects: 'An environment that is rendered goes on being rendered: what is not would be deleted.',
};

/** A file of manifests that Argo CD would not read. */
export const FILE_NOT_APPLIED: Rule = {
  name: 'file-not-applied',
  protects: 'Every file of an environment is one that its Application reads.',
};

/** An object that Argo CD may not apply. */
export const KIND_NOT_ALLOWED: Rule = {
  name: 'kind-not-allowed',
  protects:
    'Every object of an environment is of a kind that its AppProject lets Argo CD apply; with one that is not the whole sync fails.',
};

/** A host of one environment that another one has as well. */
export const HOST_TAKEN: Rule = {
  name: 'host-taken',
  protects:
    'A host, an object, a dashboard and the data behind an address belong to one environment: no other one answers for it, writes it or uses it.',
};

/** A difference of which no rule knows what it does. */
export const UNKNOWN_CHANGE: Rule = {
  name: 'unknown-change',
  protects:
    'Every difference is known to a rule that permits it. What none knows is refused by its name.',
};

/** Whatever can be refused; a rule that only permits is told nobody. */
export const ALL_RULES: readonly Rule[] = [
  ...RULES.filter(({ refuse }) => refuse !== undefined),
  ENVIRONMENT_REMOVED,
  FILE_NOT_APPLIED,
  KIND_NOT_ALLOWED,
  HOST_TAKEN,
  UNKNOWN_CHANGE,
];

/** Every name that an exception may have. */
export const OVERRIDABLE: readonly string[] = ALL_RULES.filter(
  ({ overridable }) => overridable !== false,
).map(({ name }) => name);
