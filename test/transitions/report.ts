import { refusals } from './judge';
import { SAFE } from './safe';
import { SETTLED } from './settled';
import { stateOf } from './states';
import type { Safe } from './transition';
import type { Tree } from './tree';
import { UNSAFE } from './unsafe';

// Prints what the check of today gets wrong, by kind: node ops/run.cjs test/transitions/report.ts

function judged<T extends Safe>(
  title: string,
  transitions: readonly T[],
  isRight: (transition: T, refused: boolean, base: Tree, next: Tree) => boolean,
): void {
  const wrong = new Map<string, string[]>();
  const right = new Map<string, number>();
  for (const transition of transitions) {
    const { tree, world, earlier = () => [] } = stateOf(transition.from);
    const next = new Map(tree());
    transition.change(next, world);
    const [refusal] = refusals(tree(), next, earlier());
    const { kind, name } = transition;
    wrong.set(kind, wrong.get(kind) ?? []);
    if (isRight(transition, refusal !== undefined, tree(), next))
      right.set(kind, (right.get(kind) ?? 0) + 1);
    else
      wrong
        .get(kind)!
        .push(refusal ? `${name} (${refusal.rule}: ${refusal.object} ${refusal.reason})` : name);
  }
  const sum = [...right.values()].reduce((all, count) => all + count, 0);
  console.log(`${title}: ${sum} of ${transitions.length}`);
  for (const [kind, names] of wrong) {
    const count = right.get(kind) ?? 0;
    console.log(`  ${kind}: ${count} of ${count + names.length}`);
    for (const name of names) console.log(`    ${name}`);
  }
}

judged('refused', UNSAFE, (_, refused) => refused);
judged('accepted', SAFE, (_, refused) => !refused);
judged(
  'refused, or harmless',
  SETTLED,
  ({ hurts }, refused, base, next) => refused || hurts(base, next).length === 0,
);
