import { parser } from '@prometheus-io/lezer-promql';
test('x', () => {
  for (const e of ['up{a="b"} >', 'sum(rate(x[5m]))', 'sum(rate(x[5m])', '', '1 ++', 'foo(', 'up{a=b}', 'up{"a"}', 'sum by (le) (x) or vector(0)', 'nosuch(x)', 'rate(x)', 'x{a="1"}}', 'x $y', '${x}']) {
    const errs: string[] = [];
    parser.parse(e).iterate({ enter: (n) => { if (n.type.isError) errs.push(`${n.from}`); } });
    console.log(JSON.stringify(e), errs.join());
  }
});
