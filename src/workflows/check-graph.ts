/** One step of a document that may be full of mistakes: only what can be relied on. `targets` are the places it may go to by name. */
export type LooseStep = {
  index: number;
  id?: string;
  action?: string;
  targets: { path: (string | number)[]; goto: string }[];
  /** Whether it may also go to the step below it. */
  fallsThrough: boolean;
  raw: Record<string, unknown>;
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads the way through the steps from raw JSON, whatever else is wrong with it. */
export function readSteps(steps: readonly unknown[]): LooseStep[] {
  return steps.map((step, index) => {
    const raw = isRecord(step) ? step : {};
    const targets: LooseStep['targets'] = [];
    const add = (path: (string | number)[], goto: unknown) => {
      if (typeof goto === 'string') targets.push({ path, goto });
    };
    const isBranch = raw.action === 'branch';
    if (isBranch && Array.isArray(raw.paths))
      for (const [at, path] of raw.paths.entries()) add(['paths', at, 'goto'], isRecord(path) ? path.goto : undefined);
    if (isBranch) add(['else'], raw.else);
    else add(['goto'], raw.goto);
    const fallsThrough = isBranch ? raw.else === undefined : raw.action !== 'jump' && raw.goto === undefined;
    return { index, ...texts(raw), targets, fallsThrough, raw };
  });
}

const texts = ({ id, action }: Record<string, unknown>) => ({
  ...(typeof id === 'string' && { id }),
  ...(typeof action === 'string' && { action }),
});

/** Who can come after whom. Steps are named by their index; of two steps with one id the first is meant. */
export class StepGraph {
  readonly #after: number[][];
  readonly #reach = new Map<number, Set<number>>();

  constructor(steps: readonly LooseStep[]) {
    const byId = new Map<string, number>();
    for (const { id, index } of steps) if (id !== undefined && !byId.has(id)) byId.set(id, index);
    this.#after = steps.map(step => {
      const named = step.targets.map(target => byId.get(target.goto));
      if (step.fallsThrough && step.index + 1 < steps.length) named.push(step.index + 1);
      return named.filter(index => index !== undefined);
    });
  }

  /** All steps that a run can enter from a step, the step itself only where a loop leads back to it. */
  reachableFrom(start: number): Set<number> {
    const known = this.#reach.get(start);
    if (known) return known;
    const found = this.#walk(this.#after[start] ?? [], () => false);
    this.#reach.set(start, found);
    return found;
  }

  /** All steps that a run can enter. */
  reachable(): Set<number> {
    return this.#walk(this.#after.length > 0 ? [0] : [], () => false);
  }

  /** All steps that a run can enter without having gone through one of the given kind. */
  reachableWithout(isWanted: (index: number) => boolean): Set<number> {
    return this.#walk(this.#after.length > 0 ? [0] : [], isWanted);
  }

  /** Every index from some starts on; what comes after a `stop` is not followed. */
  #walk(starts: number[], stop: (index: number) => boolean): Set<number> {
    const found = new Set<number>();
    const open = [...starts];
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      if (found.has(index)) continue;
      found.add(index);
      if (!stop(index)) open.push(...(this.#after[index] ?? []));
    }
    return found;
  }
}
