import type { Clock } from '../clock.ts';
import type { Database, Transaction } from '../db/database.ts';
import { type EventRow, Events, type SessionRow, Sessions, type VisitorRow, Workspaces } from '../db/entities.ts';
import { findAll } from '../db/find.ts';
import { isOutage } from '../db/outage.ts';
import { hubEvent } from '../events/rows.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { CLAIMED, isClaimed } from '../model/claimed.ts';
import type { Occasion } from '../model/run.ts';
import { defaultSettings, type Settings } from '../model/session.ts';
import type { Bell } from '../queue/queue.ts';
import { standAlone } from '../sessions/alone.ts';
import { attach } from '../sessions/attach.ts';
import { anonymous, SessionBook } from '../sessions/book.ts';
import { newOccasions, noteLateArrival } from '../sessions/evaluate.ts';
import { happenedOnce, recipientOf } from '../sessions/happened.ts';
import { foldMeeting, foldVisitor, guestOf, normaliseEmail } from '../sessions/visitors.ts';
import { isTooOld } from '../workflows/triggers.ts';
import { type ActiveWorkflow, type Match, startRuns } from './start.ts';

const BATCH = 200;
const MOST_ATTEMPTS = 5;
const JUDGE_AGAIN_MS = 60_000;
const PLANNER_LOCK = 48151624;

export type PlannerServices = {
  database: Database;
  clock: Clock;
  log: Log;
  metrics: Pick<Metrics, 'runs'>;
  /** Active workflows of a workspace, read in the planner's own transaction. */
  activeWorkflows(transaction: Transaction, workspaceId: string): Promise<ActiveWorkflow[]>;
  ring(bells: Bell[]): void;
};

/**
 * From stored events to runs: folds each event into what is known, takes the occasions that follow, matches them against
 * the active workflows, and writes facts, runs, first steps and verdicts in one transaction.
 */
export class Planner {
  readonly #services: PlannerServices;

  constructor(services: PlannerServices) {
    this.#services = services;
  }

  /** Plans one batch of new events. @returns whether more wait */
  async planEvents(): Promise<boolean> {
    const { database, clock, log } = this.#services;
    const due = await database.read<{ seq: number; workspace_id: string }>(
      `SELECT seq, workspace_id FROM events WHERE status = 'new' AND due_at <= $1 ORDER BY seq LIMIT ${BATCH}`,
      [clock.now()],
    );
    const workspaceId = due[0]?.workspace_id;
    if (workspaceId === undefined) return false;
    const batch = due.filter(row => row.workspace_id === workspaceId).map(row => row.seq);
    try {
      await this.#plan(workspaceId, batch);
    } catch (error) {
      if (isOutage(error)) throw error;
      log.warn({ err: error, events: batch.length }, 'a batch of events could not be planned; trying them one by one');
      for (const seq of batch) await this.#planAlone(workspaceId, seq);
    }
    return due.length === BATCH || batch.length < due.length;
  }

  /** Judges the sessions whose end is due. @returns whether more are */
  async judgeSessions(): Promise<boolean> {
    const { database, clock, log } = this.#services;
    const due = await database.read<{ workspace_id: string; id: string }>(
      `SELECT workspace_id, id FROM sessions WHERE due_at <= $1 ORDER BY due_at LIMIT ${BATCH}`,
      [clock.now()],
    );
    const workspaceId = due[0]?.workspace_id;
    if (workspaceId === undefined) return false;
    const ids = due.filter(row => row.workspace_id === workspaceId).map(row => row.id);
    try {
      await this.#judge(workspaceId, ids);
    } catch (error) {
      if (isOutage(error)) throw error;
      log.warn(
        { err: error, sessions: ids.length },
        'the ends of sessions could not be judged; trying them one by one',
      );
      for (const id of ids) await this.#judgeAlone(workspaceId, id);
    }
    return due.length === BATCH || ids.length < due.length;
  }

  /** A session that cannot be judged is looked at again later, and keeps nobody else waiting. */
  async #judgeAlone(workspaceId: string, id: string): Promise<void> {
    const { database, clock, log } = this.#services;
    try {
      await this.#judge(workspaceId, [id]);
    } catch (error) {
      if (isOutage(error)) throw error;
      const later = clock.now() + JUDGE_AGAIN_MS;
      await database.write(({ manager }) => manager.update(Sessions, { workspaceId, id }, { dueAt: later }));
      log.error({ err: error, session: id }, 'the end of a session could not be judged');
    }
  }

  #judge(workspaceId: string, ids: string[]): Promise<void> {
    return this.#inTransaction(workspaceId, async (book, settings) => {
      await book.loadSessions(ids);
      await book.loadVisitors([...book.sessions.values()].map(session => session.visitorId ?? anonymous(session.id)));
      const bells = await this.#evaluate(book, settings, book.sessions.values(), []);
      await book.save({ sessions: book.sessions.values(), visitors: [] });
      return bells;
    });
  }

  async #planAlone(workspaceId: string, seq: number): Promise<void> {
    const { database, clock, log } = this.#services;
    try {
      await this.#plan(workspaceId, [seq]);
    } catch (error) {
      if (isOutage(error)) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      const now = clock.now();
      const rows = await database.write(({ query }) =>
        query<{ attempts: number; status: string }>(
          `UPDATE events SET attempts = attempts + 1, reason = $1, due_at = $2 + 1000 * (attempts + 1) * (attempts + 1),
             status = CASE WHEN attempts + 1 >= ${MOST_ATTEMPTS} THEN 'dead' ELSE status END
           WHERE seq = $3 AND status = 'new' RETURNING attempts, status`,
          [reason, now, seq],
        ),
      );
      log.error({ err: error, seq, ...rows[0] }, 'an event could not be planned');
    }
  }

  #plan(workspaceId: string, seqs: number[]): Promise<void> {
    return this.#inTransaction(workspaceId, async (book, settings) => {
      const rows = await findAll(book.transaction.manager, Events, { seq: seqs, status: 'new' }, 'ORDER BY seq');
      await book.load(rows);
      for (const row of rows) noteLateArrival(book, row);
      const { touched, moved } = await attach(book, rows, settings);
      const { visitors, recipients } = await this.#foldPeople(book, rows);
      const alone = [...(await standAlone(book, rows, settings)), ...happenedOnce(book, rows, recipients)];
      const bells = await this.#evaluate(book, settings, touched, rows, alone);
      await book.save({ sessions: touched, visitors });
      await markPlanned(book.transaction, [...rows, ...moved]);
      return bells;
    });
  }

  async #inTransaction(
    workspaceId: string,
    work: (book: SessionBook, settings: Settings) => Promise<Bell[]>,
  ): Promise<void> {
    const { database, clock, ring, metrics } = this.#services;
    const bells = await database.write(async transaction => {
      // One planner at a time: a session's events, and those that move between sessions, are folded by one hand.
      if (database.kind === 'postgres') await transaction.query('SELECT pg_advisory_xact_lock($1)', [PLANNER_LOCK]);
      const [workspace] = await findAll(transaction.manager, Workspaces, { id: workspaceId });
      return work(new SessionBook(transaction, workspaceId, clock.now()), {
        ...defaultSettings,
        ...workspace!.settings,
      });
    });
    metrics.runs.inc(bells.length);
    ring(bells);
  }

  /** Visitors and meetings of the batch. @returns the visitors that changed, and those of e-mail events by the events' `seq` */
  async #foldPeople(book: SessionBook, rows: EventRow[]) {
    await book.loadVisitors(rows.map(row => row.sessionId && book.sessions.get(row.sessionId)?.visitorId));
    const visitors = new Set<ReturnType<SessionBook['visitor']>>();
    const recipients = new Map<number, string>();
    for (const row of rows) {
      const event = hubEvent(row);
      const recipient = await this.#recipient(book, row);
      if (recipient) {
        recipients.set(row.seq, recipient.id);
        visitors.add(recipient);
      }
      if (row.meetingId) foldMeeting(book.meeting(row.meetingId), event);
      const session = row.sessionId ? book.sessions.get(row.sessionId) : undefined;
      const guest = row.meetingId ? guestOf(book.meeting(row.meetingId).details) : undefined;
      const visitorId =
        row.visitorId ??
        session?.visitorId ??
        (session ? anonymous(session.id) : (recipient?.id ?? (await visitorByEmail(book, guest))));
      if (row.meetingId) {
        const meeting = book.meeting(row.meetingId);
        meeting.sessionId = row.sessionId ?? meeting.sessionId;
        meeting.visitorId = visitorId ?? meeting.visitorId;
      }
      if (!visitorId) continue;
      row.visitorId = visitorId;
      const visitor = book.visitor(visitorId);
      if (!session && guest && !visitor.email) foldVisitor(visitor, withEmail(event, guest), book.now);
      foldVisitor(visitor, event, book.now);
      visitors.add(visitor);
      if (session?.visitorId) visitors.add(book.visitor(session.visitorId));
    }
    return { visitors, recipients };
  }

  /** Whom an e-mail event is about: the visitor whom it names where that is their e-mail, else the one known by it. */
  async #recipient(book: SessionBook, row: EventRow): Promise<VisitorRow | undefined> {
    const address = recipientOf(row);
    if (address === undefined) return undefined;
    const email = normaliseEmail(address);
    if (email === '') return undefined;
    const named = row.visitorId ? book.visitors.get(row.visitorId) : undefined;
    if (named?.email === email) return named;
    const visitor = book.visitor((await visitorByEmail(book, email))!);
    if (!visitor.email) foldVisitor(visitor, withEmail(hubEvent(row), email), book.now);
    return visitor;
  }

  async #evaluate(
    book: SessionBook,
    settings: Settings,
    sessions: Iterable<SessionRow>,
    rows: EventRow[],
    alone: { occasion: Occasion; visitorId: string | null }[] = [],
  ): Promise<Bell[]> {
    const { activeWorkflows } = this.#services;
    const found = [...alone];
    for (const session of sessions) {
      for (const occasion of newOccasions(book, session, settings))
        found.push({ occasion, visitorId: session.visitorId });
    }
    if (found.length === 0) return [];
    const workflows = await activeWorkflows(book.transaction, book.workspaceId);
    const matches: Match[] = [];
    for (const { occasion, visitorId } of found) {
      const waiting = workflows.filter(
        ({ document: { trigger } }) => trigger.type === occasion.trigger && trigger.timing === occasion.timing,
      );
      if (waiting.length === 0) continue;
      const tooOld = await this.#tooOld(book, occasion, settings, rows);
      for (const workflow of waiting) matches.push({ workflow, occasion, visitorId, tooOld });
    }
    return startRuns(book.transaction, book.workspaceId, matches, book.now);
  }

  /** Why an `immediately` workflow does not act on this occasion any more, where it does not. */
  async #tooOld(
    book: SessionBook,
    occasion: Occasion,
    settings: Settings,
    rows: EventRow[],
  ): Promise<string | undefined> {
    if (occasion.timing !== 'immediately') return undefined;
    const { event } = occasion;
    const isIt = (row: EventRow) => row.eventId === event?.id && row.source === event.source;
    const completing =
      rows.find(isIt) ??
      (event &&
        (await book.transaction.manager.findOneBy(Events, {
          workspaceId: book.workspaceId,
          source: event.source,
          eventId: event.id,
        })));
    if (completing?.anyAge === 1) return undefined;
    if (completing?.imported === 1) return 'it comes from an import or a poll, which is never immediate';
    const session = occasion.sessionId ? book.sessions.get(occasion.sessionId) : undefined;
    return isTooOld(occasion, completing?.receivedAt ?? session?.lastArrivalAt ?? book.now, settings);
  }
}

/**
 * The visitor that a meeting without a session, or an e-mail, is with: known by that e-mail, else made for it. Never one whose e-mail
 * only a page in a browser has claimed: anybody could have what a meeting brings attributed to himself.
 */
async function visitorByEmail(book: SessionBook, email: string | undefined): Promise<string | undefined> {
  if (!email) return undefined;
  for (const visitor of book.visitors.values())
    if (visitor.email === email && !isClaimed(visitor.id)) return visitor.id;
  const known = await book.transaction.query<{ id: string }>(
    `SELECT id FROM visitors WHERE workspace_id = $1 AND email = $2 AND id NOT LIKE '${CLAIMED}%'
     ORDER BY updated_at DESC LIMIT 1`,
    [book.workspaceId, email],
  );
  const id = known[0]?.id ?? standIn(email);
  await book.loadVisitors([id]);
  return id;
}

/** An id has 255 characters at the most, an e-mail 320. */
const standIn = (email: string) => `email:${email}`.slice(0, 255);

const withEmail = (event: ReturnType<typeof hubEvent>, email: string) =>
  ({
    ...event,
    data: { ...event.data, visitor: { email } },
  }) as typeof event;

async function markPlanned({ query }: Transaction, rows: EventRow[]): Promise<void> {
  if (rows.length === 0) return;
  const tuples = rows.map((_, number) => {
    const [seq, ...others] = [1, 2, 3, 4].map(place => `$${4 * number + place}`);
    return `(CAST(${seq} AS integer), ${others.join(', ')})`;
  });
  await query(
    `WITH planned (seq, session_id, visitor_id, attached) AS (VALUES ${tuples.join(', ')})
     UPDATE events SET status = 'planned', reason = NULL, session_id = planned.session_id,
       visitor_id = planned.visitor_id, attached = planned.attached
     FROM planned WHERE events.seq = planned.seq`,
    rows.flatMap(row => [row.seq, row.sessionId, row.visitorId, row.attached]),
  );
}
