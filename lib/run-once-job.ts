import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { contentHash } from './content-hash';
import { k8s } from './k8s';
import type { Labels } from './labels';
import { placeholderAnnotation } from './placeholder';
import type { PodProps } from './pod-props';
import { basePodSpec, CONTAINER_SECURITY, imagePullPolicy, writableVolumes } from './pod-template';
import type { ApiRevision } from './revision';

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
}

/**
 * A plain Job whose name carries a hash of its content: it runs once for each release, shows in the
 * diff, and its template, which is immutable, never changes under its name. It is not deleted after
 * it finished: a Job that vanishes is drift, and would run again.
 */
export function runOnceJob(scope: Construct, props: RunOnceJobProps): k8s.KubeJob {
  const { name, labels, podAnnotations, pod, revision, container, backoffLimit, deadlineSeconds } =
    props;
  const { volumes, volumeMounts } = writableVolumes(revision);
  const spec: k8s.JobSpec = {
    backoffLimit,
    activeDeadlineSeconds: deadlineSeconds,
    template: {
      metadata: {
        labels: { ...Chart.of(scope).labels, ...labels },
        ...(podAnnotations ? { annotations: { ...podAnnotations } } : {}),
      },
      spec: {
        ...basePodSpec(pod),
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
  return new k8s.KubeJob(scope, 'Resource', {
    metadata: {
      name: `${name}-${contentHash(k8s.KubeJob.manifest({ spec }))}`,
      labels,
      ...placeholderAnnotation(revision),
    },
    spec,
  });
}
