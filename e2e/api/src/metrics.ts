import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Seconds; the alerts count what takes at most half a second as fast. */
const BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

interface Series {
  readonly labels: string;
  readonly buckets: number[];
  sum: number;
  count: number;
}

/** The metrics that the alerts and the dashboard read, as Prometheus reads them, under the names that prom-client gives. */
export class Metrics {
  private readonly requests = new Map<string, Series>();
  private readonly delay = monitorEventLoopDelay();

  constructor(routes: readonly string[]) {
    this.delay.enable();
    // From the first scrape on, under all of their labels: what begins at its first error is no increase for Prometheus.
    for (const route of [...routes, 'unknown'])
      for (const status of ['200', '500', '503'])
        this.series({ method: 'GET', route, status_code: status });
  }

  private series(labels: { readonly [name: string]: string }): Series {
    const key = Object.entries(labels)
      .map(([name, value]) => `${name}="${value}"`)
      .join(',');
    const series = this.requests.get(key) ?? {
      labels: key,
      buckets: BUCKETS.map(() => 0),
      sum: 0,
      count: 0,
    };
    this.requests.set(key, series);
    return series;
  }

  observe(labels: { readonly [name: string]: string }, seconds: number): void {
    const series = this.series(labels);
    BUCKETS.forEach((bound, index) => (series.buckets[index]! += seconds <= bound ? 1 : 0));
    series.sum += seconds;
    series.count += 1;
  }

  text(): string {
    const name = 'http_request_duration_seconds';
    const requests = [...this.requests.values()].flatMap(({ labels, buckets, sum, count }) => [
      ...BUCKETS.map((bound, index) => `${name}_bucket{le="${bound}",${labels}} ${buckets[index]}`),
      `${name}_bucket{le="+Inf",${labels}} ${count}`,
      `${name}_sum{${labels}} ${sum}`,
      `${name}_count{${labels}} ${count}`,
    ]);
    return [
      `# TYPE ${name} histogram`,
      ...requests,
      '# TYPE nodejs_eventloop_lag_p99_seconds gauge',
      `nodejs_eventloop_lag_p99_seconds ${(this.delay.percentile(99) || 0) / 1e9}`,
      '# TYPE nodejs_heap_size_used_bytes gauge',
      `nodejs_heap_size_used_bytes ${process.memoryUsage().heapUsed}`,
      '',
    ].join('\n');
  }
}
