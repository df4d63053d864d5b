import { cpSync, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { WorkflowDocument } from '../../src/model/workflow.ts';
import { connectCrm, fakeCrm } from '../support/fake-crm.ts';
import { MORNING, startHub } from '../support/hub.ts';

const document = {
  name: 'Test',
  trigger: { type: 'meeting_booked', timing: 'immediately' },
  steps: [
    { id: 'push', action: 'push_record', input: {} },
    { id: 'event', action: 'crm.create_event', input: { title: '{{ visitor.lead.crmPersonId }}' } },
    { id: 'again', action: 'crm.update_event', input: {} },
  ],
} as WorkflowDocument;

describe('What a step leaves behind, where the hub dies', () => {
  let site: string;
  beforeEach(async () => {
    site = await mkdtemp(path.join(os.tmpdir(), 'baton-keep-'));
  });
  afterEach(() => rm(site, { recursive: true, force: true }));

  it.each([
    ['intent recorded', 1],
    ['vendor answered', 1],
    ['outcome recorded', 1],
    ['vendor answered', 2],
    ['outcome recorded', 2],
  ])('at the point "%s" of step %i, is there once the run has gone on', async (point, step) => {
    const before = path.join(site, 'before');
    const after = path.join(site, 'after');
    const crm = fakeCrm('crm');
    let passed = 0;
    // The disk as it is at that very moment is what the next process finds.
    const reached = (at: string) => {
      if (at === point && ++passed === step && !existsSync(after)) cpSync(before, after, { recursive: true });
    };
    await mkdir(before);
    const first = await startHub([crm.connector], { config: { dataDirectory: before }, reached });
    await connectCrm(first);
    await first.activate(document);
    await first.send({
      type: 'meeting.booked',
      data: { meetingId: 'm1', sessionId: 's1', visitorId: 'v1', visitor: { email: 'ana@acme.example' } },
    });
    await first.settle();
    await first.close();
    expect(existsSync(after)).toBe(true);
    crm.landed.length = 0;

    const second = await startHub([crm.connector], { config: { dataDirectory: after } });
    second.clock.set(MORNING + 10 * 60_000);
    await second.settleAll();
    expect(await second.runs()).toMatchObject([{ status: 'succeeded', error: null }]);
    expect((await second.api('GET', '/v1/visitors/v1')).body).toMatchObject({ external: { crmPersonId: 'p1' } });
    expect(crm.people.size).toBe(1);
    expect(crm.landed.at(-1)).toMatchObject({ action: 'update_event', facts: { meetingRecordId: 'e1' } });
    expect(await second.app.database.read('SELECT record_id FROM meeting_records')).toEqual([{ record_id: 'e2' }]);
    await second.close();
  });
});
