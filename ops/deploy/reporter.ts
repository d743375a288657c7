import { createLogUpdate } from 'log-update';
import { format } from '../diff';
import { highlighter, printHighlighted } from '../highlight';
import { type Clock, type Io, type Output, printTo } from '../io';
import { type DeployEvent, type ObjectState, type Reporter, withoutSecretsIn } from './events';

const SIGNS: { readonly [state in ObjectState]: string } = {
  unchanged: '=',
  applied: '>',
  progressing: '.',
  healthy: 'ok',
  degraded: 'x',
};
const SPINNER = ['|', '/', '-', '\\'];

type ObjectEvent = Extract<DeployEvent, { type: 'object' }>;

/** The reporter for where the output goes: programs, a person at a terminal, or a log. */
export function reporterFor(
  { stdout, clock, env }: Pick<Io, 'stdout' | 'clock' | 'env'>,
  json: boolean,
): Reporter {
  const reporter = json
    ? new JsonReporter(printTo(stdout))
    : stdout.isTTY
      ? new LiveReporter(stdout, clock, env)
      : new PlainReporter(printHighlighted(stdout, env));
  return { report: (event) => reporter.report(withoutSecretsIn(event)), end: () => reporter.end() };
}

class JsonReporter implements Reporter {
  constructor(private readonly print: (line: string) => void) {}

  report(event: DeployEvent): void {
    this.print(JSON.stringify(event));
  }

  end(): void {}
}

/** One line for each thing that happens, so that a log of CI reads from top to bottom. */
class PlainReporter implements Reporter {
  private readonly said = new Map<string, string>();

  constructor(private readonly print: (line: string) => void) {}

  report(event: DeployEvent): void {
    if (event.type !== 'object') {
      for (const line of linesOf(event)) this.print(line);
    } else if (this.said.get(event.object) !== textOf(event)) {
      this.said.set(event.object, textOf(event));
      this.print(`  ${textOf(event)}`);
    }
  }

  end(): void {}
}

/** The objects of the wave that is going on, redrawn in place; what is done stays above. */
class LiveReporter implements Reporter {
  private objects = new Map<string, ObjectEvent>();
  private frame = 0;
  private readonly print: (line: string) => void;
  private readonly highlight: (text: string) => string;
  private readonly draft: ReturnType<typeof createLogUpdate>;
  private readonly endRedraw: () => void;

  constructor(stdout: Output, clock: Clock, env: Io['env']) {
    this.print = printHighlighted(stdout, env);
    this.highlight = highlighter(stdout, env);
    this.draft = createLogUpdate(stdout as NodeJS.WriteStream);
    this.endRedraw = clock.every(200, () => this.draw());
  }

  report(event: DeployEvent): void {
    if (event.type === 'object') {
      this.objects.set(event.object, event);
      this.draw();
      return;
    }
    this.settle();
    for (const line of linesOf(event)) this.print(line);
  }

  end(): void {
    this.endRedraw();
    this.settle();
  }

  private draw(): void {
    if (this.objects.size === 0) return;
    this.frame = (this.frame + 1) % SPINNER.length;
    this.redraw(SPINNER[this.frame]);
  }

  private settle(): void {
    if (this.objects.size === 0) return;
    this.redraw();
    this.draft.done();
    this.objects = new Map();
  }

  private redraw(spinner?: string): void {
    const lines = [...this.objects.values()].map((event) => `  ${textOf(event, spinner)}`);
    this.draft(this.highlight(lines.join('\n')));
  }
}

function textOf({ object, state, message }: ObjectEvent, spinner?: string): string {
  const sign = state === 'progressing' && spinner !== undefined ? spinner : SIGNS[state];
  return `${sign.padEnd(2)} ${object} ${state}${message === '' ? '' : `, ${message}`}`;
}

function linesOf(event: Exclude<DeployEvent, ObjectEvent>): string[] {
  switch (event.type) {
    case 'note':
      return [event.message];
    case 'plan':
      return [...event.sentences, format(event.changes, 'text')];
    case 'wave':
      return [`wave ${event.wave}, ${event.objects} object${event.objects === 1 ? '' : 's'}`];
    case 'pruned':
      return [`  deleted ${event.object}, which is no longer rendered`];
    case 'done':
      return [`${event.message}, after ${event.seconds} s`];
    case 'failed':
      return [event.message, ...event.details.map((detail) => `  ${detail}`)];
  }
}
