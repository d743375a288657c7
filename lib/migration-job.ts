import { Construct } from 'constructs';
import { checkWholeNumber, fault } from './checks';
import { type Colour, recommendedLabels } from './labels';
import { PodProps, SecretReference } from './pod-props';
import { containerEnv, quantities } from './pod-template';
import { ApiRevision, revisionVersion } from './revision';
import { EXPANDED_ANNOTATION, MIGRATION_ANNOTATION } from './release-annotations';
import { runOnceJob } from './run-once-job';
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
  /**
   * The colour that it belongs to.
   * @default - a workload without colours
   */
  readonly colour?: Colour;
  /**
   * The release that a contraction relies on.
   * @default - not known
   */
  readonly expandedIn?: number;
}

/** Name of the container of a migration. */
export const MIGRATION_CONTAINER = 'migrate';

const DEFAULT_COMMAND = ['node_modules/.bin/prisma', 'migrate', 'deploy'];

/** Brings the schema up to a release, before the pods of that release need it. */
export class MigrationJob extends Construct {
  constructor(scope: Construct, id: string, props: MigrationJobProps) {
    super(scope, id);
    const { command = DEFAULT_COMMAND, deadlineSeconds = 600, revision } = props;
    this.node.addValidation({
      validate: () => [
        ...(command.length > 0 && command[0]?.trim() !== ''
          ? []
          : [
              fault(
                'migration.command',
                'is empty',
                command,
                'a program and its arguments',
                'name it or drop the migration',
              ),
            ]),
        ...checkWholeNumber('migration.deadlineSeconds', deadlineSeconds, 1, 86400),
      ],
    });
    const app = `${props.name}-migrate`;
    const job = runOnceJob(this, {
      name: app,
      labels: {
        app,
        ...(props.colour === undefined ? {} : { version: props.colour }),
        ...recommendedLabels({
          name: props.name,
          instance: app,
          component: 'migration',
          version: revisionVersion(revision),
        }),
      },
      pod: props,
      revision,
      container: {
        name: MIGRATION_CONTAINER,
        command: [...command],
        ...containerEnv(props, revision, props.configMapName),
        resources: quantities(revision.resources),
      },
      // The database may be starting as well: retries after 10, 20 and 40 seconds.
      backoffLimit: 3,
      deadlineSeconds,
      extras: true,
    });
    const { migration = 'expand' } = revision;
    job.metadata.addAnnotation(MIGRATION_ANNOTATION, migration);
    if (migration === 'contract' && props.expandedIn !== undefined)
      job.metadata.addAnnotation(EXPANDED_ANNOTATION, String(props.expandedIn));
    setWave(job, 'migrate');
  }
}
