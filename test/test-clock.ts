import type { Clock } from '../ops/cli';

/** A clock that a test moves. Who sleeps is awake at once, and the time has passed. */
export class TestClock implements Clock {
  private time = Date.UTC(2026, 0, 1);
  private readonly timers: { at: number; readonly ring: () => number | undefined }[] = [];

  now(): number {
    return this.time;
  }

  async sleep(milliseconds: number): Promise<void> {
    this.advance(milliseconds);
  }

  timeout(milliseconds: number): AbortSignal {
    const controller = new AbortController();
    const ring = () => void controller.abort(new DOMException('the time is over', 'TimeoutError'));
    this.timers.push({ at: this.time + milliseconds, ring });
    return controller.signal;
  }

  every(milliseconds: number, work: () => void): () => void {
    const timer = { at: this.time + milliseconds, ring: () => (work(), milliseconds) };
    this.timers.push(timer);
    return () => void this.timers.splice(this.timers.indexOf(timer), 1);
  }

  /** Lets time pass that no timer hears of, as on a machine that was asleep. */
  skip(milliseconds: number): void {
    this.time += milliseconds;
  }

  /** Lets time pass. */
  advance(milliseconds: number): void {
    this.skip(milliseconds);
    for (const timer of this.timers.filter(({ at }) => at <= this.time)) {
      const again = timer.ring();
      if (again === undefined) this.timers.splice(this.timers.indexOf(timer), 1);
      else timer.at = this.time + again;
    }
  }
}
