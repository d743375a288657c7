import type { ArgoCdApplicationProps } from './argocd-application';
import type { ArgoCdPreviewsProps, PreviewNamespaces, PullRequests } from './argocd-previews';
import type { ArgoCdCluster, ArgoCdProjectProps, NamespacedKind } from './argocd-project';
import {
  anything,
  dictionary,
  either,
  flag,
  list,
  number,
  object,
  optional,
  type Shape,
  type Shapes,
  text,
  word,
} from './shape';
import type { SyncWindow } from './sync-window';

/* The props of the constructs for Argo CD, as prop-shapes.ts has those of the others. */

/** A cluster by its address or by its name, also in an environment. */
export const CLUSTER: Shape<ArgoCdCluster> = either(
  object<Extract<ArgoCdCluster, { readonly server: string }>>({ server: text }),
  object<Extract<ArgoCdCluster, { readonly name: string }>>({ name: text }),
);

/** Times for syncs, also in an environment. */
export const SYNC_WINDOW: Shapes<SyncWindow> = {
  kind: word<SyncWindow['kind']>(),
  schedule: text,
  duration: text,
  timeZone: optional(text),
  manualSync: optional(flag),
  description: optional(text),
};

export const ARGOCD_PROJECT_PROPS: Shapes<ArgoCdProjectProps> = {
  name: text,
  description: text,
  repository: text,
  cluster: CLUSTER,
  namespace: text,
  allow: list(anything()),
  allowKinds: optional(list(object<NamespacedKind>({ group: text, kind: text }))),
  syncWindows: optional(list(object(SYNC_WINDOW))),
};

const ARGOCD_SOURCE = {
  project: anything<ArgoCdApplicationProps['project']>('an ArgoCdProject'),
  revision: text,
  path: text,
  waitsFor: optional(list(text)),
};

export const ARGOCD_APPLICATION_PROPS: Shapes<ArgoCdApplicationProps> = {
  ...ARGOCD_SOURCE,
  name: text,
};

export const ARGOCD_PREVIEWS_PROPS: Shapes<ArgoCdPreviewsProps> = {
  ...ARGOCD_SOURCE,
  name: text,
  pullRequests: object<PullRequests>({
    owner: text,
    repository: text,
    label: text,
    token: optional(object<NonNullable<PullRequests['token']>>({ secretName: text, key: text })),
    intervalSeconds: optional(number),
  }),
  namespaces: object<PreviewNamespaces>({
    project: ARGOCD_SOURCE.project,
    revision: text,
    path: text,
    labels: dictionary(text),
  }),
};
