import { stringify } from 'yaml';
import { renderEnvironment } from '../environments/render';
import { production, served } from './fixtures';
import { promtool, withPromtool } from './promtool';

/* Prometheus itself evaluates the rules of production over series as the API, kube-state-metrics, ingress-nginx, the blackbox exporter and the scrapes make them. */

const STEP_SECONDS = 30;
const MINUTE = 60 / STEP_SECONDS;
const HOUR = 60 * MINUTE;

/** Values by step: how often it goes up by how much. */
type Course = readonly (readonly [steps: number, perStep: number])[];

interface Series {
  readonly series: string;
  readonly values: string;
}

const labels = (all: { readonly [name: string]: string }) =>
  `{${Object.entries(all)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')}}`;

/** A counter that begins at 0. */
function counter(series: string, course: Course): Series {
  let value = 0;
  const values = course.map(([steps, perStep]) => {
    const text = `${value}+${perStep}x${steps - 1}`;
    value += perStep * steps;
    return text;
  });
  return { series, values: values.join(' ') };
}

const gauge = (series: string, values: string): Series => ({ series, values });

interface Pod {
  readonly pod: string;
  readonly version: string;
}
const BLUE: Pod = { pod: 'blue-1', version: 'blue' };
const GREEN: Pod = { pod: 'green-1', version: 'green' };

const target = ({ pod, version }: Pod) => ({
  namespace: 'seda-prod',
  job: 'seda-api',
  pod,
  version,
});

/** Requests of a pod, all of them fast, answered with a status. */
function requests(pod: Pod, status: string, course: Course, slow = false): Series[] {
  const all = { ...target(pod), status_code: status };
  const name = 'http_request_duration_seconds';
  return [
    counter(`${name}_count${labels(all)}`, course),
    counter(
      `${name}_bucket${labels({ ...all, le: '0.5' })}`,
      slow ? course.map(([steps]) => [steps, 0] as const) : course,
    ),
    counter(`${name}_bucket${labels({ ...all, le: '+Inf' })}`, course),
  ];
}

const withoutBucket = (series: readonly Series[]) =>
  series.filter((one) => !one.series.includes('le="0.5"'));

/** A pod behind the Service that clients use, in some of the steps. */
const serves = ({ pod }: Pod, values: string): Series =>
  gauge(
    `kube_endpointslice_endpoints${labels({ namespace: 'seda-prod', endpointslice: 'seda-api-x7k2p', ready: 'true', targetref_kind: 'Pod', targetref_name: pod })}`,
    values,
  );
const slice = (steps: number) =>
  gauge(
    `kube_endpointslice_info${labels({ namespace: 'seda-prod', endpointslice: 'seda-api-x7k2p' })}`,
    `1x${steps}`,
  );
const answers = (pod: Pod, values: string) => gauge(`up${labels(target(pod))}`, values);
const lag = (pod: Pod, values: string) =>
  gauge(`nodejs_eventloop_lag_p99_seconds${labels(target(pod))}`, values);

/** An ingress controller that Prometheus scrapes, and an exporter that gets answers. */
const seen = (steps: number) => [controller(`1x${steps}`), probe(`1x${steps}`)];
const controller = (values: string, pod = 'controller-1') =>
  gauge(
    `nginx_ingress_controller_config_last_reload_successful${labels({ namespace: 'ingress-nginx', controller_namespace: 'ingress-nginx', controller_pod: pod })}`,
    values,
  );
const probe = (values: string) =>
  gauge(
    `probe_success${labels({ namespace: 'seda-prod', job: 'seda-api-entrance', instance: 'https://api.seda.fm/api/v1/health' })}`,
    values,
  );

/** Labels of what ingress-nginx answers for an Ingress, as its chart has it scraped. */
const answeredBy = (pod: string, status: string) => ({
  namespace: 'ingress-nginx',
  exported_namespace: 'seda-prod',
  ingress: 'seda-api-ingress',
  service: 'ingress-nginx-controller-metrics',
  exported_service: 'seda-api',
  controller_pod: pod,
  method: 'GET',
  path: '/api/v1',
  status,
});
const ANSWERS = 'nginx_ingress_controller_requests';
/** What users are answered with a status, of which the controller counts none before the first. */
const answered = (status: string, course: Course, before = 0, pod = 'controller-1') => {
  const { series, values } = counter(`${ANSWERS}${labels(answeredBy(pod, status))}`, course);
  return { series, values: before === 0 ? values : `_x${before} ${values}` };
};

/** A pod that serves and answers scrapes, behind an entrance that does. */
const well = (pod: Pod) => [
  answers(pod, `1x${4 * HOUR}`),
  serves(pod, `1x${4 * HOUR}`),
  slice(4 * HOUR),
  ...seen(4 * HOUR),
];

/** Alerts that fire after some steps, as `Name severity`. */
type Expected = readonly string[];
const cases: readonly (readonly [string, readonly Series[], number, Expected])[] = [
  [
    'traffic without an error',
    [...well(BLUE), ...requests(BLUE, '200', [[2 * HOUR, 300]])],
    2 * HOUR,
    [],
  ],
  ['no traffic at all', well(BLUE), 2 * HOUR, []],
  [
    'no pod answers',
    [answers(BLUE, `1x10 0x20`), serves(BLUE, '1x40'), slice(40)],
    25,
    ['SedaApiDown page'],
  ],
  [
    'a scrape that misses once',
    [answers(BLUE, '1x10 0x0 1x20'), serves(BLUE, '1x40'), slice(40)],
    13,
    [],
  ],
  [
    'one colour does not answer, the other one does',
    [...seen(40), answers(BLUE, '0x40'), answers(GREEN, '1x40'), serves(GREEN, '1x40'), slice(40)],
    30,
    [],
  ],
  [
    'no ready pod behind the Service',
    [
      answers(BLUE, '1x40'),
      slice(40),
      gauge(
        `kube_endpointslice_endpoints${labels({ namespace: 'seda-prod', endpointslice: 'seda-api-x7k2p', ready: 'false', targetref_name: BLUE.pod })}`,
        '1x40',
      ),
    ],
    10,
    ['SedaApiServiceWithoutEndpoints page'],
  ],
  [
    'no ready pod behind the Service of previews alone',
    [
      ...well(BLUE),
      gauge(
        `kube_endpointslice_info${labels({ namespace: 'seda-prod', endpointslice: 'seda-api-preview-abcde' })}`,
        '1x40',
      ),
    ],
    30,
    [],
  ],
  [
    'five of a hundred requests fail',
    [
      ...well(BLUE),
      ...requests(BLUE, '200', [[2 * HOUR, 285]]),
      ...requests(BLUE, '500', [[2 * HOUR, 15]]),
    ],
    70 * MINUTE,
    ['SedaApiErrorBudgetBurn page', 'SedaApiErrorBudgetBurn ticket'],
  ],
  [
    'four of a thousand fail for hours',
    [
      ...well(BLUE),
      ...requests(BLUE, '200', [[3 * HOUR, 2988]]),
      ...requests(BLUE, '500', [[3 * HOUR, 12]]),
    ],
    3 * HOUR,
    ['SedaApiErrorBudgetBurn ticket'],
  ],
  [
    'five of ten thousand fail for hours',
    [
      ...well(BLUE),
      ...requests(BLUE, '200', [[3 * HOUR, 9995]]),
      ...requests(BLUE, '500', [[3 * HOUR, 5]]),
    ],
    3 * HOUR,
    [],
  ],
  [
    'one request in ten minutes, and one of them fails',
    [
      ...well(BLUE),
      ...requests(
        BLUE,
        '200',
        Array.from(
          { length: 12 },
          () =>
            [
              [1, 1],
              [19, 0],
            ] as const,
        ).flat(),
      ),
      ...requests(BLUE, '500', [
        [40, 0],
        [1, 1],
        [199, 0],
      ]),
    ],
    45,
    [],
  ],
  [
    'an outage of 25 s of pods that have just started, each status counted from 0',
    [
      ...well(BLUE),
      ...requests(BLUE, '200', [
        [30, 0],
        [10, 10],
      ]),
      ...requests(BLUE, '500', [
        [20, 0],
        [1, 2000],
        [40, 0],
      ]),
    ],
    25,
    ['SedaApiErrorBudgetBurn page', 'SedaApiErrorBudgetBurn ticket'],
  ],
  [
    'the same of an API that counts a status from its first answer: nobody hears of it, which the contract is for',
    [
      ...well(BLUE),
      gauge(
        `http_request_duration_seconds_count${labels({ ...target(BLUE), status_code: '500' })}`,
        '_x20 2000x40',
      ),
    ],
    25,
    [],
  ],
  [
    'an idle colour that answers test traffic with errors',
    [
      ...well(BLUE),
      answers(GREEN, `1x${2 * HOUR}`),
      ...requests(BLUE, '200', [[2 * HOUR, 30]]),
      ...requests(GREEN, '500', [[2 * HOUR, 300]]),
    ],
    90 * MINUTE,
    [],
  ],
  [
    'the same where nobody says which pods serve',
    [
      answers(BLUE, `1x${2 * HOUR}`),
      ...seen(2 * HOUR),
      ...requests(BLUE, '200', [[2 * HOUR, 30]]),
      ...requests(GREEN, '500', [[2 * HOUR, 300]]),
    ],
    90 * MINUTE,
    ['SedaApiErrorBudgetBurn page', 'SedaApiErrorBudgetBurn ticket'],
  ],
  [
    'a switch from blue to green',
    [
      answers(BLUE, `1x${2 * HOUR}`),
      answers(GREEN, `1x${2 * HOUR}`),
      slice(2 * HOUR),
      ...seen(2 * HOUR),
      serves(BLUE, `1x${HOUR} _x${HOUR}`),
      serves(GREEN, `_x${HOUR} 1x${HOUR}`),
      ...requests(BLUE, '200', [
        [HOUR, 300],
        [HOUR, 0],
      ]),
      ...requests(GREEN, '200', [
        [HOUR, 0],
        [HOUR, 300],
      ]),
    ],
    70 * MINUTE,
    [],
  ],
  [
    'errors of the colour before are counted after the switch, until they are over',
    [
      answers(BLUE, `1x${2 * HOUR}`),
      answers(GREEN, `1x${2 * HOUR}`),
      slice(2 * HOUR),
      ...seen(2 * HOUR),
      serves(BLUE, `1x${HOUR} _x${HOUR}`),
      serves(GREEN, `_x${HOUR} 1x${HOUR}`),
      ...requests(BLUE, '500', [
        [HOUR, 300],
        [HOUR, 0],
      ]),
      ...requests(GREEN, '200', [
        [HOUR, 0],
        [HOUR, 300],
      ]),
    ],
    62 * MINUTE,
    ['SedaApiErrorBudgetBurn page', 'SedaApiErrorBudgetBurn ticket'],
  ],
  [
    'a pod that starts again and counts from 0',
    [
      ...well(BLUE),
      gauge(
        `http_request_duration_seconds_count${labels({ ...target(BLUE), status_code: '200' })}`,
        '0+300x100 0+300x100',
      ),
      gauge(
        `http_request_duration_seconds_count${labels({ ...target(BLUE), status_code: '500' })}`,
        '0x200',
      ),
      gauge(
        `http_request_duration_seconds_bucket${labels({ ...target(BLUE), status_code: '200', le: '0.5' })}`,
        '0+300x100 0+300x100',
      ),
    ],
    110,
    [],
  ],
  [
    'every request takes too long',
    [...well(BLUE), ...requests(BLUE, '200', [[2 * HOUR, 300]], true)],
    70 * MINUTE,
    ['SedaApiLatencyBudgetBurn page', 'SedaApiLatencyBudgetBurn ticket'],
  ],
  [
    'one pod of two lacks the bucket',
    [
      ...well(BLUE),
      ...well({ ...BLUE, pod: 'blue-2' }).slice(0, 2),
      ...requests(BLUE, '200', [[2 * HOUR, 300]]),
      ...withoutBucket(requests({ ...BLUE, pod: 'blue-2' }, '200', [[2 * HOUR, 300]])),
    ],
    70 * MINUTE,
    ['SedaApiLatencyUnknown ticket'],
  ],
  [
    'a release without the bucket, whose every request takes 5 s',
    [...well(BLUE), ...withoutBucket(requests(BLUE, '200', [[2 * HOUR, 300]], true))],
    70 * MINUTE,
    ['SedaApiLatencyUnknown ticket'],
  ],
  [
    'the event loop is blocked',
    [...well(BLUE), lag(BLUE, `0.3x${HOUR}`)],
    12 * MINUTE,
    ['SedaApiEventLoopLag ticket'],
  ],
  [
    'the event loop was blocked, and is not any more',
    [...well(BLUE), lag(BLUE, `0.3x${8 * MINUTE} 0.01x${HOUR}`)],
    12 * MINUTE,
    [],
  ],
  [
    'the event loop of an idle pod is blocked',
    [
      ...well(BLUE),
      answers(GREEN, `1x${HOUR}`),
      lag(BLUE, `0.01x${HOUR}`),
      lag(GREEN, `0.3x${HOUR}`),
    ],
    30 * MINUTE,
    [],
  ],
  [
    'a policy closes the way from the entrance to the pods, which are ready and get no request',
    [
      ...well(BLUE),
      answered('200', [
        [HOUR, 300],
        [HOUR, 0],
      ]),
      answered('504', [[HOUR, 300]], HOUR),
      ...requests(BLUE, '200', [
        [HOUR, 300],
        [HOUR, 0],
      ]),
    ],
    HOUR + 3 * MINUTE,
    ['SedaApiEntranceErrors page', 'SedaApiEntranceErrors ticket'],
  ],
  [
    'an entrance that has answered 502 to everybody from its first request on',
    [...well(BLUE), answered('502', [[HOUR, 5]])],
    5 * MINUTE,
    ['SedaApiEntranceErrors page', 'SedaApiEntranceErrors ticket'],
  ],
  [
    '502 for 25 s to everybody, and never before',
    [
      ...well(BLUE),
      answered('200', [
        [HOUR, 300],
        [1, 0],
        [HOUR, 300],
      ]),
      { ...answered('502', [[1, 0]]), values: `_x${HOUR} 2000x${HOUR}` },
    ],
    HOUR + 2 * MINUTE,
    ['SedaApiEntranceErrors page', 'SedaApiEntranceErrors ticket'],
  ],
  [
    'the same where the monitor of the controller honours labels',
    [
      ...well(BLUE),
      counter(
        `${ANSWERS}${labels({ namespace: 'seda-prod', ingress: 'seda-api-ingress', status: '502' })}`,
        [[HOUR, 300]],
      ),
    ],
    5 * MINUTE,
    ['SedaApiEntranceErrors page', 'SedaApiEntranceErrors ticket'],
  ],
  [
    'the same where the controller counts classes of statuses alone',
    [...well(BLUE), answered('5xx', [[HOUR, 300]])],
    5 * MINUTE,
    ['SedaApiEntranceErrors page', 'SedaApiEntranceErrors ticket'],
  ],
  [
    'an entrance that answers well',
    [...well(BLUE), answered('200', [[2 * HOUR, 300]])],
    2 * HOUR,
    [],
  ],
  [
    'the entrance of another environment answers 502',
    [
      ...well(BLUE),
      answered('200', [[2 * HOUR, 300]]),
      counter(
        `${ANSWERS}${labels({ ...answeredBy('controller-1', '502'), exported_namespace: 'seda-qa' })}`,
        [[2 * HOUR, 300]],
      ),
      counter(
        `${ANSWERS}${labels({ ...answeredBy('controller-1', '502'), ingress: 'seda-api-ingress-blocked' })}`,
        [[2 * HOUR, 300]],
      ),
    ],
    2 * HOUR,
    [],
  ],
  [
    'one 502 in ten minutes at the entrance, where hardly anybody is',
    [
      ...well(BLUE),
      answered('200', [
        [10, 1],
        [HOUR, 0],
      ]),
      answered(
        '502',
        Array.from({ length: 6 }, () => [[1, 1] as const, [19, 0] as const]).flat(),
        20,
      ),
    ],
    HOUR,
    [],
  ],
  [
    'clients that are refused by the entrance or by the API, or are over their limit',
    [
      ...well(BLUE),
      answered('200', [[2 * HOUR, 30]]),
      ...['400', '401', '404', '413', '429', '499', '503'].map((status) =>
        answered(status, [[2 * HOUR, 300]]),
      ),
    ],
    2 * HOUR,
    [],
  ],
  [
    'a scrape of the controller that misses once while it answers well',
    [
      ...well(BLUE),
      {
        ...answered('200', [[1, 0]]),
        values: `0+300x${HOUR} _x1 ${300 * (HOUR + 2)}+300x${HOUR}`,
      },
      { ...answered('502', [[1, 0]]), values: `40x${HOUR} _x1 40x${HOUR}` },
    ],
    HOUR + 4,
    [],
  ],
  [
    'no scrape of the controller for a quarter of an hour, after which its old errors are there again',
    [
      ...well(BLUE).slice(0, -2),
      probe(`1x${4 * HOUR}`),
      controller(`1x${HOUR} _x30 1x${HOUR}`),
      {
        ...answered('200', [[1, 0]]),
        values: `0+300x${HOUR} _x30 ${300 * (HOUR + 31)}+300x${HOUR}`,
      },
      { ...answered('502', [[1, 0]]), values: `40x${HOUR} _x30 40x${HOUR}` },
    ],
    HOUR + 34,
    [],
  ],
  [
    'a controller that starts again and counts from 0',
    [
      ...well(BLUE),
      gauge(`${ANSWERS}${labels(answeredBy('controller-1', '200'))}`, '0+300x100 0+300x100'),
      gauge(`${ANSWERS}${labels(answeredBy('controller-1', '502'))}`, '40x100 0x100'),
    ],
    110,
    [],
  ],
  [
    'a controller that is replaced by another one',
    [
      ...well(BLUE),
      gauge(`${ANSWERS}${labels(answeredBy('controller-1', '200'))}`, `0+300x100 stale`),
      gauge(`${ANSWERS}${labels(answeredBy('controller-1', '502'))}`, `40x100 stale`),
      controller(`_x100 1x${HOUR}`, 'controller-2'),
      answered('200', [[HOUR, 300]], 100, 'controller-2'),
    ],
    110,
    [],
  ],
  [
    'nobody scrapes the controller',
    [answers(BLUE, `1x${HOUR}`), serves(BLUE, `1x${HOUR}`), slice(HOUR), probe(`1x${HOUR}`)],
    20 * MINUTE,
    ['SedaApiEntranceUnknown ticket'],
  ],
  [
    'the exporter gets no good answer',
    [...well(BLUE).slice(0, -1), probe('1x10 0x20')],
    18,
    ['SedaApiEntranceDown page'],
  ],
  [
    'the exporter gets no good answer once',
    [...well(BLUE).slice(0, -1), probe('1x10 0x0 1x20')],
    14,
    [],
  ],
  [
    'the exporter reports nothing',
    well(BLUE).slice(0, -1),
    20 * MINUTE,
    ['SedaApiEntranceUnknown ticket'],
  ],
];

withPromtool("production's alerts", () => {
  const { objects } = renderEnvironment(
    { ...production, prober: 'blackbox-exporter.monitoring:19115' },
    served,
  );
  const { spec } = objects.find(({ kind }) => kind === 'PrometheusRule')!;
  const rules = stringify(spec);

  test('are what Prometheus reads', () => {
    expect(promtool(['check', 'rules', 'rules.yaml'], { 'rules.yaml': rules })).toMatchObject({
      code: 0,
    });
  });

  /** Alerts that fire, as promtool prints what it did not expect. */
  function firing(series: readonly Series[], steps: number): string[] {
    const expr = 'count by (alertname, severity) (ALERTS{alertstate="firing"})';
    const { output } = promtool(['test', 'rules', 'test.yaml'], {
      'rules.yaml': rules,
      'test.yaml': stringify({
        rule_files: ['rules.yaml'],
        evaluation_interval: `${STEP_SECONDS}s`,
        tests: [
          {
            interval: `${STEP_SECONDS}s`,
            input_series: series,
            promql_expr_test: [
              {
                expr,
                eval_time: `${steps * STEP_SECONDS}s`,
                // Never so, so that promtool says what it has.
                exp_samples: [{ labels: 'never', value: 0 }],
              },
            ],
          },
        ],
      }),
    });
    const got = /got:(.*)/s.exec(output);
    if (got === null) throw new Error(output);
    return [...got[1]!.matchAll(/alertname="(\w+)", severity="(\w+)"/g)].map(
      ([, name, severity]) => `${name} ${severity}`,
    );
  }

  test.each(cases)('%s', (_, series, steps, expected) => {
    expect(firing(series, steps).sort()).toEqual([...expected].sort());
  });

  test('each has a case in which it fires, and there are cases in which none does', () => {
    const all = (spec.groups as { rules: { alert?: string; labels?: { severity: string } }[] }[])
      .flatMap(({ rules }) => rules)
      .flatMap(({ alert, labels: of }) =>
        alert === undefined ? [] : [`${alert} ${of!.severity}`],
      );
    expect(new Set(cases.flatMap(([, , , expected]) => expected))).toEqual(new Set(all));
    expect(cases.filter(([, , , expected]) => expected.length === 0).length).toBeGreaterThan(8);
  });
});
