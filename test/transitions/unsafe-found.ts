import { ofKind, type Unsafe } from './transition';
import {
  type Change,
  edits,
  editsContainer,
  editsPolicies,
  sets,
  setsPod,
  type Thing,
} from './tree';
import { whileStaging } from './world';

const BLUE = 'production/Deployment/seda-api-blue';
const GREEN = 'production/Deployment/seda-api-green';
const GATE = 'production/Job/seda-api-gate-blue-*';
const MIGRATION = 'production/Job/seda-api-migrate-*@1.5.0';

const job = (reference: string, spec: Thing): Change =>
  whileStaging(edits(reference, (object: Thing) => Object.assign(object.spec, spec)));

/** A variable of the staged container that comes from a Secret. */
const secretKey = (change: (reference: Thing) => void): Change =>
  whileStaging(
    editsContainer(BLUE, ({ env }) =>
      change(env.find(({ name }: Thing) => name === 'JWT_SECRET').valueFrom.secretKeyRef),
    ),
  );

const found = (name: string, breaks: number, from: string, why: string, change: Change) => ({
  name,
  breaks,
  from,
  why,
  change,
});

/** What somebody got through the first closed world who had seen the promise and not the code. */
export const FOUND_STAGED = ofKind<Unsafe>('what a fresh attack got through', [
  found(
    'the staged colour does not admit the controller',
    3,
    'arrived',
    'its gate has a peer of its own; once it is promoted every request fails',
    whileStaging(
      editsPolicies('production', { app: 'seda-api', version: 'blue' }, ({ spec }: Thing) => {
        spec.ingress[0].from.shift();
      }),
    ),
  ),
  found(
    'the gate of the staged colour asks the other one',
    4,
    'arrived',
    'it proves pods that serve already',
    whileStaging(
      editsContainer(GATE, ({ env }) => {
        env.find(({ name }: Thing) => name === 'GATE_HOST').value = 'seda-api-green-pods';
      }),
    ),
  ),
  found(
    'a gate that is deleted when it is done',
    4,
    'arrived',
    'self-healing makes it again without end',
    job(GATE, { ttlSecondsAfterFinished: 0 }),
  ),
  found(
    'a gate that runs nothing',
    4,
    'arrived',
    'the switch waits for ever',
    job(GATE, { parallelism: 0 }),
  ),
  found(
    'the tokens are signed with another key',
    7,
    'arrived',
    'every user is logged out, and the gate looks at the database',
    secretKey((reference) => {
      reference.key = 'admin-api-key';
    }),
  ),
  found(
    'a key that nothing makes',
    2,
    'arrived',
    'the pods never start',
    secretKey((reference) => {
      reference.key = 'none';
    }),
  ),
  found(
    'a key that may be missing',
    2,
    'arrived',
    'pods sign tokens with nothing',
    secretKey((reference) => {
      reference.optional = true;
    }),
  ),
  found(
    'certificates of others are not looked at',
    14,
    'arrived',
    'anybody in between reads what goes to the database',
    whileStaging(
      editsContainer(BLUE, ({ env }) => {
        env.push({ name: 'NODE_TLS_REJECT_UNAUTHORIZED', value: '0' });
      }),
    ),
  ),
  found(
    'all pods at once, from the next release on',
    14,
    'arrived',
    'the next change of the colour takes all of its pods',
    whileStaging(sets(BLUE, 'spec strategy rollingUpdate maxUnavailable', '100%')),
  ),
  found(
    'the migration resets the database when it has started',
    13,
    'arrived',
    'every table is gone while 1.4.2 serves',
    whileStaging(
      editsContainer(MIGRATION, (container) => {
        container.lifecycle = {
          postStart: { exec: { command: ['prisma', 'migrate', 'reset', '--force'] } },
        };
      }),
    ),
  ),
  found(
    'three migrations beside each other',
    13,
    'arrived',
    'they change the schema at the same time',
    job(MIGRATION, { parallelism: 3, completions: 3 }),
  ),
  found(
    'the migration has one second',
    13,
    'arrived',
    'it is killed half-way',
    job(MIGRATION, { activeDeadlineSeconds: 1 }),
  ),
  found(
    'the staged pods change, and their gate is done',
    4,
    'staged',
    'the gate keeps its name and is not run again: unproven pods are promoted',
    editsContainer(BLUE, ({ env }) => {
      env.push({ name: 'MORE', value: '1' });
    }),
  ),
  found(
    'the pods that a rollback leads to need nodes that there are not',
    8,
    'promoted',
    'they do not start, and their gate is done',
    setsPod(GREEN, 'nodeSelector', { pool: 'nobody' }),
  ),
  found(
    'the Deployment that a rollback leads to is paused',
    8,
    'promoted',
    'what is changed of it never reaches its pods',
    sets(GREEN, 'spec paused', true),
  ),
]);
