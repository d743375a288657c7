import { image } from '../fixtures';
import { ofKind, type Unsafe } from './transition';
import { adds, all, copies, editsContainer, type Thing } from './tree';
import { records, recordsPair, rerenders, stages } from './world';
const FILE = 'production/20-api.k8s.yaml';

/** Blue is staged with a release that contracts. */
const contracts = rerenders(
  recordsPair((release) => ({
    ...release,
    blue: {
      ...release.blue,
      release: release.blue.release + 1,
      image: image('1.6.0'),
      migration: 'contract',
    },
  })),
);

export const MIGRATIONS = ofKind<Unsafe>('a migration takes away what is read', [
  {
    name: 'a contraction is staged while what serves is older than the expansion',
    breaks: 13,
    from: 'staged, next arrived',
    why: 'release 1.4.2 serves and reads what goes',
    change: contracts,
  },
  {
    name: 'a contraction is staged after a rollback',
    breaks: 13,
    from: 'rolled back, next arrived',
    why: 'release 1.4.2 serves again and reads what goes',
    change: contracts,
  },
  {
    name: 'qa contracts while it is rolled back',
    breaks: 13,
    from: 'qa rolled back',
    why: 'pods of 1.4.2 run and read what goes',
    change: rerenders(
      records('qa', () => ({
        image: image('1.6.0'),
        migration: 'contract',
        previous: image('1.4.2'),
      })),
    ),
  },
  {
    name: 'qa expands and contracts in one release',
    breaks: 13,
    from: 'serving',
    why: 'pods of 1.4.2 run until the last one is replaced, and read what goes',
    change: all(
      rerenders(stages('qa', '1.5.0')),
      copies('qa/Job/seda-api-migrate-*', 'qa/20-api.k8s.yaml', (job) => {
        job.metadata.name = 'seda-api-migrate-0000000000';
        job.metadata.annotations['seda.fm/migration'] = 'contract';
      }),
    ),
  },
  {
    name: 'the migration empties the database',
    breaks: 13,
    from: 'arrived',
    why: 'every table is dropped while 1.4.2 serves',
    change: all(
      rerenders(stages('production', '1.5.0')),
      editsContainer('production/Job/seda-api-migrate-*@1.5.0', (container) => {
        container.command = ['node_modules/.bin/prisma', 'migrate', 'reset', '--force'];
      }),
    ),
  },
  {
    name: 'the migration pushes a schema',
    breaks: 13,
    from: 'arrived',
    why: 'columns that the new schema lacks are dropped while 1.4.2 serves',
    change: all(
      rerenders(stages('production', '1.5.0')),
      editsContainer('production/Job/seda-api-migrate-*@1.5.0', (container) => {
        container.command = ['node_modules/.bin/prisma', 'db', 'push', '--accept-data-loss'];
      }),
    ),
  },
  {
    name: 'the migration of qa empties the database',
    breaks: 13,
    from: 'serving',
    why: 'every table is dropped',
    change: all(
      rerenders(stages('qa', '1.5.0')),
      editsContainer('qa/Job/seda-api-migrate-*', (container) => {
        container.command = ['sh', '-c', 'prisma migrate reset --force'];
      }),
    ),
  },
  {
    name: 'the migration has another database',
    breaks: 13,
    from: 'arrived',
    why: 'the pods need a column that another database has',
    change: all(
      rerenders(stages('production', '1.5.0')),
      editsContainer('production/Job/seda-api-migrate-*@1.5.0', ({ env }) => {
        const entry = env.find(({ name }: Thing) => name === 'DATABASE_URL');
        delete entry.valueFrom;
        entry.value = 'postgres://localhost/seda';
      }),
    ),
  },
  {
    name: 'the migration is of another image than its pods',
    breaks: 13,
    from: 'arrived',
    why: 'the pods need a column that this image does not bring',
    change: all(
      rerenders(stages('production', '1.5.0')),
      editsContainer('production/Job/seda-api-migrate-*@1.5.0', (container) => {
        container.image = image('1.4.2');
      }),
    ),
  },
  {
    name: 'a migration of somebody else in the namespace',
    breaks: 13,
    from: 'promoted',
    why: 'its labels give it the database, and it drops a table',
    change: adds(FILE, {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'cleanup', namespace: 'seda-prod' },
      spec: {
        template: {
          metadata: { labels: { app: 'seda-api-migrate' } },
          spec: {
            restartPolicy: 'Never',
            containers: [
              {
                name: 'cleanup',
                image: image('1.5.0'),
                command: ['node_modules/.bin/prisma', 'db', 'execute', '--file', 'drop.sql'],
                envFrom: [{ secretRef: { name: 'seda-secrets' } }],
              },
            ],
          },
        },
      },
    }),
  },
]);
