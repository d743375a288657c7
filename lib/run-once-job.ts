import { ApiObject, type ApiObjectProps, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { contentHash, keepContentHash } from './content-hash';
import { k8s } from './k8s';
import type { Labels } from './labels';
import { placeholderAnnotation } from './placeholder';
import { addPodExtras } from './pod-extras';
import type { PodProps } from './pod-props';
import { basePodSpec, CONTAINER_SECURITY, imagePullPolicy } from './pod-template';
import type { ApiRevision } from './revision';
import { writableVolumes } from './writable-folders';

export interface RunOnceJobProps {
  /** Name of the Job without its hash. */
  readonly name: string;
  readonly labels: Labels;
  /**
   * Annotations of the Job's pod. They are part of its content, so that a Job with others is another Job.
   * @default - none
   */
  readonly podAnnotations?: { readonly [key: string]: string };
  readonly pod: PodProps;
  /** Image of the Job, and the settings and folders that it has of its own. */
  readonly revision: ApiRevision;
  /** What the container has besides image, security and folders. */
  readonly container: k8s.Container;
  readonly backoffLimit: number;
  readonly deadlineSeconds: number;
  /**
   * The Job has the volumes, init containers and sidecars that say `migration: true`.
   * @default false
   */
  readonly extras?: boolean;
}

/**
 * A plain Job whose name carries a hash of its content: it runs once for each release, shows in the
 * diff, and its template, which is immutable, never changes under its name. It is not deleted after
 * it finished: a Job that vanishes is drift, and would run again.
 */
export function runOnceJob(scope: Construct, props: RunOnceJobProps): ApiObject {
  const { name, labels, podAnnotations, pod, revision, container, backoffLimit, deadlineSeconds } =
    props;
  const { volumes, volumeMounts } = writableVolumes(revision);
  const { pod: settings = {} } = revision;
  const spec: k8s.JobSpec = {
    backoffLimit,
    activeDeadlineSeconds: deadlineSeconds,
    template: {
      metadata: {
        labels: { ...Chart.of(scope).labels, ...labels },
        ...(podAnnotations ? { annotations: { ...podAnnotations } } : {}),
      },
      spec: {
        ...basePodSpec(pod, settings),
        restartPolicy: 'Never',
        containers: [
          {
            ...container,
            image: revision.image,
            imagePullPolicy: imagePullPolicy(revision),
            securityContext: CONTAINER_SECURITY,
            volumeMounts,
          },
        ],
        volumes,
      },
    },
  };
  const manifest = k8s.KubeJob.manifest({ spec });
  if (props.extras) addPodExtras(manifest.spec.template.spec, settings, true);
  const job = new ApiObject(scope, 'Resource', {
    ...(manifest as ApiObjectProps),
    metadata: {
      name: `${name}-${contentHash(manifest)}`,
      labels: { ...labels },
      ...placeholderAnnotation(revision),
    },
  });
  keepContentHash(job, ({ apiVersion, kind, spec }) => ({ apiVersion, kind, spec }));
  return job;
}
