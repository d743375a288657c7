import { ofKind, type Unsafe } from './transition';
import { all, editsContainer, removes, sets, setsAll, type Thing } from './tree';
import { promotes, rerenders, stages } from './world';

// In "staged", green serves and blue is staged; in "promoted", blue serves and green is warm.
const GATE = 'production/Job/seda-api-gate-blue-*';
// In "next arrived", blue serves.
const STAGED_GATE = 'production/Job/seda-api-gate-green-*';
const WAVE = 'metadata annotations argocd.argoproj.io/sync-wave';

/** Moves the traffic as `seda release promote` does, and changes something more. */
const promotion = (change: Unsafe['change']): Unsafe['change'] =>
  all(rerenders(promotes()), change);

const gate = (change: (container: Thing) => void): Unsafe['change'] =>
  promotion(editsContainer(GATE, change));

const variable = (name: string, value: string) =>
  gate(({ env }) => {
    env.find((one: Thing) => one.name === name).value = value;
  });

export const ITSELF = ofKind<Unsafe>('the change judges itself', [
  {
    name: 'the gate comes after the switch',
    breaks: 5,
    from: 'staged',
    why: 'users have the new pods before anything looked at them',
    change: promotion(sets(GATE, WAVE, '25')),
  },
  {
    name: 'the gates of both colours come after the switch',
    breaks: 5,
    from: 'staged',
    why: 'as by an edit of the table of waves: the next promotion waits for nobody',
    change: setsAll([GATE, 'production/Job/seda-api-gate-green-*'], WAVE, '25'),
  },
  {
    name: 'gate and switch are one wave',
    breaks: 5,
    from: 'staged',
    why: 'in one wave a Service comes before a Job',
    change: promotion(sets(GATE, WAVE, '20')),
  },
  {
    name: 'a gate that always opens',
    breaks: 4,
    from: 'staged',
    why: 'the switch waits for nobody',
    change: gate((container) => {
      container.command = ['node', '-e', 'process.exit(0)'];
    }),
  },
  {
    name: 'a gate whose failure is success',
    breaks: 4,
    from: 'staged',
    why: 'the switch waits for nobody',
    change: gate((container) => {
      container.command[2] = container.command[2].replace(
        'process.exit(open ? 0 : 1)',
        'process.exit(0)',
      );
    }),
  },
  {
    name: 'a gate that needs one good pod of many',
    breaks: 4,
    from: 'staged',
    why: 'the traffic of three pods goes to one',
    change: gate((container) => {
      container.command[2] = container.command[2].replace('good >= least', 'good > 0');
    }),
  },
  {
    name: 'a gate for no pod',
    breaks: 4,
    from: 'staged',
    why: 'it opens for an empty colour',
    change: variable('GATE_FLOOR', '0'),
  },
  {
    name: 'a gate for one pod',
    breaks: 4,
    from: 'staged',
    why: 'the traffic of three pods goes to one',
    change: variable('GATE_FLOOR', '1'),
  },
  {
    name: 'a gate of a staged colour that opens with one good pod',
    breaks: 4,
    from: 'next arrived',
    why: 'it looks for the pods of the other colour under a name that nobody has',
    change: all(
      rerenders(stages('production', '1.6.0')),
      editsContainer(STAGED_GATE, ({ env }) =>
        env.push({ name: 'GATE_OTHER', value: 'none-there' }),
      ),
    ),
  },
  {
    name: 'a gate of a staged colour that is given variables from elsewhere',
    breaks: 4,
    from: 'next arrived',
    why: 'NODE_OPTIONS in there runs something else before the script',
    change: all(
      rerenders(stages('production', '1.6.0')),
      editsContainer(STAGED_GATE, (container) => {
        container.envFrom = [{ configMapRef: { name: 'options', optional: true } }];
      }),
    ),
  },
  {
    name: 'a gate of a staged colour for what is no number of pods',
    breaks: 4,
    from: 'next arrived',
    why: 'it never opens, and nobody is promoted',
    change: all(
      rerenders(stages('production', '1.6.0')),
      editsContainer(STAGED_GATE, ({ env }) => {
        env.find((one: Thing) => one.name === 'GATE_FLOOR').value = 'x';
      }),
    ),
  },
  {
    name: 'a gate that asks the colour that serves',
    breaks: 4,
    from: 'staged',
    why: 'it says nothing of the pods that get the traffic',
    change: variable('GATE_HOST', 'seda-api-green-pods'),
  },
  {
    name: 'a gate that asks for no check',
    breaks: 4,
    from: 'staged',
    why: 'pods without the database are good',
    change: variable('GATE_CHECKS', ''),
  },
  {
    name: 'a gate that asks another path',
    breaks: 4,
    from: 'staged',
    why: 'a page that needs nothing is good',
    change: variable('GATE_PATH', '/'),
  },
  {
    name: 'a gate of another image',
    breaks: 4,
    from: 'staged',
    why: 'its "node" is whatever that image has',
    change: gate((container) => {
      container.image = `registry.example.com/node:22@sha256:${'d'.repeat(64)}`;
    }),
  },
  {
    name: 'no gate',
    breaks: 4,
    from: 'staged',
    why: 'the switch waits for nobody',
    change: promotion(removes(GATE)),
  },
  {
    name: 'a gate without a completion',
    breaks: 4,
    from: 'staged',
    why: 'a Job of no completions is complete at once',
    change: promotion(sets(GATE, 'spec completions', 0)),
  },
  {
    name: 'a gate that somebody resumes',
    breaks: 4,
    from: 'staged',
    why: 'Argo CD takes a Job that was resumed for healthy before it ran',
    change: promotion(sets(GATE, 'spec suspend', true)),
  },
  {
    name: 'a gate whose failures are ignored',
    breaks: 4,
    from: 'staged',
    why: 'it never fails, and one that hangs holds the sync up',
    change: promotion(
      sets(GATE, 'spec podFailurePolicy', {
        rules: [{ action: 'Ignore', onExitCodes: { operator: 'NotIn', values: [0] } }],
      }),
    ),
  },
  {
    name: 'a gate with a preload that ends it',
    breaks: 4,
    from: 'staged',
    why: 'NODE_OPTIONS runs before the script',
    change: gate(({ env }) =>
      env.push({ name: 'NODE_OPTIONS', value: '--import=data:text/javascript,process.exit(0)' }),
    ),
  },
  {
    name: 'all waves are one',
    breaks: 5,
    from: 'staged',
    why: 'without waves the switch comes before the pods',
    change: (tree, world) => {
      rerenders(promotes())(tree, world);
      for (const [file, text] of [...tree])
        if (file.startsWith('production/'))
          tree.set(file, text.replace(/(sync-wave: ")[^"]*"/g, '$10"'));
    },
  },
]);
