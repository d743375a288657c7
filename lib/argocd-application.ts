import { Construct } from 'constructs';
import { Application, type ApplicationSpec } from '../imports/argoproj.io';
import type { ArgoCdProject } from './argocd-project';
import { ARGOCD_APPLICATION_PROPS } from './argocd-shapes';
import { checkProps } from './shape';
import { checkName, fault } from './checks';

/** Where an Application finds what it applies. */
export interface ArgoCdSource {
  /** The AppProject, with the repository, the cluster and the namespace. */
  readonly project: ArgoCdProject;
  /** Branch or tag of the repository, e.g. `main`. */
  readonly revision: string;
  /** Folder of the rendered files, e.g. `dist/production`. */
  readonly path: string;
  /**
   * What somebody still has to fill in. Until nothing is left Argo CD shows the environment and does not apply it.
   * @default - nothing: every commit is applied, and every manual change is reverted
   */
  readonly waitsFor?: readonly string[];
}

/** What an `ArgoCdApplication` needs. */
export interface ArgoCdApplicationProps extends ArgoCdSource {
  /** Name of the Application. */
  readonly name: string;
}

/** Compares what the API server would make of an apply with what runs, so that a field that a hand has added shows as well. */
export const COMPARE_ANNOTATION = {
  'argocd.argoproj.io/compare-options': 'ServerSideDiff=true',
} as const;

/**
 * One environment in Argo CD, applied as it is in git, wave by wave. To delete the Application is to
 * leave the environment alone: nothing that runs goes with it.
 */
export class ArgoCdApplication extends Construct {
  constructor(scope: Construct, id: string, props: ArgoCdApplicationProps) {
    super(scope, id);
    checkProps(this, ARGOCD_APPLICATION_PROPS, props);
    this.node.addValidation({
      validate: () => [...checkName('name', props.name), ...sourceFaults(props)],
    });
    new Application(this, 'Resource', {
      metadata: { name: props.name, annotations: COMPARE_ANNOTATION },
      // Without it "argocd app delete", unlike kubectl, would take the environment along.
      spec: applicationSpec(props, props.project.props.namespace, ['Delete=false']),
    });
  }
}

/**
 * The part that is the same for environments and previews. Left out on purpose, because a wave would no
 * longer wait for what it must: ApplyOutOfSyncOnly, PruneLast, Replace, RespectIgnoreDifferences.
 */
export function applicationSpec(
  { project, revision, path, waitsFor = [] }: ArgoCdSource,
  namespace: string,
  syncOptions: readonly string[] = [],
): ApplicationSpec {
  const { name, repository, cluster } = project.props;
  return {
    project: name,
    source: {
      repoUrl: repository,
      targetRevision: revision,
      path,
      // Argo CD would take any other YAML or JSON in the folder for manifests too.
      directory: { include: '*.k8s.yaml' },
    },
    destination: { ...cluster, namespace },
    ...(waitsFor.length === 0
      ? {}
      : { info: [{ name: 'not applied before these are filled in', value: waitsFor.join(', ') }] }),
    syncPolicy: {
      automated: { enabled: waitsFor.length === 0, prune: true, selfHeal: true },
      syncOptions: ['ServerSideApply=true', 'FailOnSharedResource=true', ...syncOptions],
      // A retry helps against a webhook that is away, and never against a Job that failed. It takes the newest commit, which may be the cure.
      retry: {
        limit: 2,
        refresh: true,
        backoff: { duration: '30s', factor: 2, maxDuration: '2m' },
      },
    },
  };
}

/** What is wrong with a source, a template or not. */
export function sourceFaults({ revision, path }: ArgoCdSource): string[] {
  return [
    // As git itself refuses names of branches.
    ...(/^[A-Za-z0-9][A-Za-z0-9._/*-]*$/.test(revision) &&
    !/\.\.|\/\/|\/\.|[./]$|\.lock(\/|$)/.test(revision)
      ? []
      : [fault('revision', 'is not a branch or tag', revision, 'a name such as main', 'name one')]),
    ...(/^[A-Za-z0-9][A-Za-z0-9._*-]*(\/[A-Za-z0-9][A-Za-z0-9._*-]*)*$/.test(path)
      ? []
      : [
          fault(
            'path',
            'is not a folder of the repository',
            path,
            'a path such as dist/production',
            'write it from the root of the repository, without "/" at either end',
          ),
        ]),
  ];
}
