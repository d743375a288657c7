import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { checkWholeNumber, fault } from './checks';
import { contentHash } from './content-hash';
import { imageVersion } from './image';
import { k8s } from './k8s';
import { recommendedLabels } from './labels';
import { placeholderAnnotation } from './placeholder';
import { PodProps, SecretReference } from './pod-props';
import { basePodSpec, CONTAINER_SECURITY, containerEnv, imagePullPolicy, quantities, writableVolumes } from './pod-template';
import { ApiRevision } from './revision';
import { setWave } from './wave';

/** How the database schema is brought up to the release. */
export interface MigrationProps {
  /**
   * Command in the API's own image; must be safe to run again.
   * @default ['node_modules/.bin/prisma', 'migrate', 'deploy']
   */
  readonly command?: readonly string[];
  /**
   * Seconds after which it has failed; a migration holds up the release.
   * @default 600
   */
  readonly deadlineSeconds?: number;
  /**
   * What the migration may read, e.g. the URL of a database user that may change the schema.
   * @default - the Secret of the pods
   */
  readonly secret?: SecretReference;
}

export interface MigrationJobProps extends PodProps, MigrationProps {
  readonly revision: ApiRevision;
  readonly configMapName: string;
}

const DEFAULT_COMMAND = ['node_modules/.bin/prisma', 'migrate', 'deploy'];

/**
 * A plain Job whose name carries a hash of its content: it runs once for each release, shows in the
 * diff, and its template, which is immutable, never changes under its name. It is not deleted after
 * it finished: a Job that vanishes is drift, and would run again.
 */
export class MigrationJob extends Construct {
  constructor(scope: Construct, id: string, props: MigrationJobProps) {
    super(scope, id);
    const { command = DEFAULT_COMMAND, revision } = props;
    this.node.addValidation({
      validate: () => [
        ...(command.length > 0 ? [] : [fault('migration.command', 'is empty', command, 'a program and its arguments', 'name it or drop the migration')]),
        ...checkWholeNumber('migration.deadlineSeconds', props.deadlineSeconds ?? 600, 1, 86400),
      ],
    });
    const app = `${props.name}-migrate`;
    const labels = { app, ...recommendedLabels({ name: props.name, instance: app, component: 'migration', version: imageVersion(revision.image) }) };
    const spec = jobSpec({ ...Chart.of(this).labels, ...labels }, command, props);
    const job = new k8s.KubeJob(this, 'Resource', {
      metadata: {
        name: `${app}-${contentHash(k8s.KubeJob.manifest({ spec }))}`,
        labels,
        ...placeholderAnnotation(revision),
      },
      spec,
    });
    setWave(job, 'migrate');
  }
}

function jobSpec(labels: Record<string, string>, command: readonly string[], props: MigrationJobProps): k8s.JobSpec {
  const { volumes, volumeMounts } = writableVolumes(props.revision);
  return {
    // The database may be starting as well: retries after 10, 20 and 40 seconds.
    backoffLimit: 3,
    activeDeadlineSeconds: props.deadlineSeconds ?? 600,
    template: {
      metadata: { labels },
      spec: {
        ...basePodSpec(props),
        restartPolicy: 'Never',
        containers: [
          {
            name: 'migrate',
            image: props.revision.image,
            imagePullPolicy: imagePullPolicy(props.revision),
            command: [...command],
            ...containerEnv(props, props.revision, props.configMapName),
            resources: quantities(props.revision.resources),
            securityContext: CONTAINER_SECURITY,
            volumeMounts,
          },
        ],
        volumes,
      },
    },
  };
}
