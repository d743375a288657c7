import { refusals } from './transitions/judge';
import { SAFE } from './transitions/safe';
import { UNSAFE } from './transitions/unsafe';
import { stateOf } from './transitions/states';
const about = (t: any) => /gateway|shar/i.test(t.from + t.name + t.kind);
const run = (t: any) => {
  const { tree, world, earlier = () => [] } = stateOf(t.from) as any;
  const next = new Map(tree());
  t.change(next, world);
  return refusals(tree(), next as any, earlier());
};
test.each(UNSAFE.filter(about).map((t) => [`${t.kind}: ${t.name}`, t]))('%s', (_, t) => {
  const r: any = run(t);
  const list = Array.isArray(r) ? r : [...r];
  console.log(JSON.stringify(list.map((x: any) => [x.rule, x.reason]).slice(0, 3)));
  expect(list).not.toEqual([]);
});
test.each(SAFE.filter(about).map((t) => [`safe ${t.kind}: ${t.name}`, t]))('%s', (_, t) => {
  expect(run(t)).toEqual([]);
});
