import { stringify } from 'yaml';
import { templateFaults } from '../ops/check/alert-template';
import { promqlFaults } from '../ops/check/promql';
import { promtool, withPromtool } from './promtool';

/* What the check refuses of a rule is what Prometheus refuses, which says it here itself. */

const EXPRESSIONS = [
  'up == 0',
  'rate(x[5m]) > 0',
  'rate(x)',
  'x[5m]',
  'abs(x[5m])',
  'sum by (le) (rate(x_bucket[5m])) / on () group_left () sum(y)',
  'histogram_quantile(0.9, sum by (le) (rate(x[5m])))',
  'histogram_quantile(x)',
  'max_over_time((sum(rate(x[5m])))[10m:1m])',
  'quantile_over_time(0.5, x[5m])',
  'quantile_over_time(x[5m])',
  'predict_linear(x[1h], 3600) < 0',
  '1 > 2',
  '1 > bool 2',
  '1 and x',
  'x unless on (pod) y',
  'sum(1)',
  'topk(3, x)',
  'topk(x)',
  'count_values("a", x)',
  'label_replace(x, "a", "$1", "b", "(.*)")',
  'label_replace(x, "a")',
  'label_join(x, "a", ",", "b", "c")',
  'time() - x > 5',
  'vector(1)',
  'absent(up{job="a"})',
  'absent_over_time(up[5m])',
  'absent_over_time(up)',
  'ratio(up)',
  'x offset 5m',
  'rate(x[5m] offset 1m)',
  'rate((x[5m]))',
  'x @ end()',
  'round(x)',
  'round(x, 5)',
  'clamp(x, 0, 1)',
  'clamp(x, 0)',
  '-x',
  '-x[5m]',
  '"a"',
  '"a" + x',
  'sum(x',
  'x{a="b"',
  'x{a=~"("}',
  'x{a=~"5.."}',
  'x{a!~"(?=b)c"}',
  'hour() > 3',
  'scalar(x) > bool 3',
  'scalar(x) > 3',
  'sort_desc(x)',
  'changes(x[1h]) > 0 or resets(x[1h]) > 0',
  'deriv(x)',
  'avg without (pod) (x)',
  '',
] as const;

const TEMPLATES = [
  'plain',
  '{{ $labels.pod }} is down',
  '{{ $value | humanizePercentage }} of {{ $labels.pod }}',
  '{{ printf "%.2f" $value }}',
  '{{ $value | printf "%.2f" | title }}',
  '{{ humanise $value }}',
  '{{ $lables.pod }}',
  '{{ $labels.pod',
  '{{ end }}',
  '{{ else }}',
  '{{ if $value }}high',
  '{{ if gt $value 1.0 }}high{{ else }}low{{ end }}',
  '{{ if gt $value 1.0 }}high{{ else if lt $value 0.5 }}low{{ end }}',
  '{{ range query "up" }}{{ .Labels.pod }} {{ .Value }}{{ end }}',
  '{{ with query "up" }}{{ . | first | value }}{{ end }}',
  '{{ $x := $value }}{{ $x }}',
  '{{ $x }}',
  '{{ $value | }}',
  '{{ | humanize }}',
  '{{ }}',
  '{{ (len "a") }}',
  '{{ (len "a" }}',
  '{{ len "a") }}',
  '{{ "unclosed }}',
  '{{/* a comment */}}',
  '{{- $value -}}',
  '{{ $externalLabels.cluster }}',
  '{{ $externalURL }}',
  '{{ template "more" . }}',
  '{{ $labels.instance | reReplaceAll ":.*" "" }}',
  '{{ $value | toUpper }}',
  '{{ upper "a" }}',
  '{{ # }}',
  '{{ `raw` }}',
  "{{ 'a' }}",
  '{{ .Value }}',
  '{{ $ }}',
  '}} alone',
] as const;

/** What Prometheus loads, and then cannot evaluate: the alert never fires, or its text is an error. */
const STRICTER: readonly string[] = ['x[5m]', '"a"', '{{ $value | }}', '{{ template "more" . }}'];

withPromtool('Prometheus and the check', () => {
  const accepts = (rule: object): boolean =>
    promtool(['check', 'rules', 'rules.yaml'], {
      'rules.yaml': stringify({ groups: [{ name: 'one', rules: [rule] }] }),
    }).code === 0;

  test.each(EXPRESSIONS)('say the same of the expression %j', (expr) => {
    const expected = accepts({ alert: 'One', expr }) && !STRICTER.includes(expr);
    expect(promqlFaults(expr).length === 0).toBe(expected);
  });

  test.each(TEMPLATES)('say the same of the template %j', (description) => {
    const rule = { alert: 'One', expr: 'up == 0', annotations: { description } };
    const expected = accepts(rule) && !STRICTER.includes(description);
    expect(templateFaults(description).length === 0).toBe(expected);
  });
});
