import type { BuiltInWorkflow } from '../../src/sdk/index.ts';

const step = (id: string, action: string, input?: Record<string, unknown>) => ({ id, action, ...(input && { input }) });
const immediately = (type: string) => ({ type, timing: 'immediately' });

/** The standard records of meetings and e-mails. Each can be switched off; a custom workflow that writes the same one gets a warning. */
export const builtInWorkflows: BuiltInWorkflow[] = [
  {
    key: 'meeting-event',
    conflictsWith: ['salesforce.create_event'],
    document: {
      name: 'Salesforce: meeting event',
      description: 'Writes an event into the meeting owner’s Salesforce calendar when a meeting is booked.',
      trigger: immediately('meeting_booked'),
      steps: [step('event', 'salesforce.create_event')],
    },
  },
  {
    key: 'meeting-changes',
    conflictsWith: ['salesforce.sync_meeting_event'],
    document: {
      name: 'Salesforce: changed meetings',
      description:
        'Moves or deletes the Salesforce event when a meeting is rescheduled or cancelled, and notes a no-show.',
      trigger: immediately('meeting_changed'),
      steps: [step('event', 'salesforce.sync_meeting_event')],
    },
  },
  {
    key: 'email-task',
    document: {
      name: 'Salesforce: e-mail task',
      description: 'Writes a completed task for each e-mail that was sent.',
      trigger: immediately('email_sent'),
      steps: [
        step('task', 'salesforce.create_task', {
          subject: "Email sent via Qualified: {{ email.subject | default: '(no subject)' }}",
          description: "{{ email.body | default: '' }}",
          type: 'Email',
          status: 'Completed',
          dueDate: '{{ email.sentAt }}',
          whoEmail: '{{ email.email }}',
          ownerEmail: "{{ email.senderEmail | default: '' }}",
        }),
      ],
    },
  },
  {
    key: 'unsubscribe',
    conflictsWith: ['salesforce.set_opt_out'],
    document: {
      name: 'Salesforce: unsubscribe',
      description: 'Opts everybody with the e-mail out of e-mail in Salesforce.',
      trigger: immediately('email_unsubscribed'),
      steps: [step('opt_out', 'salesforce.set_opt_out', { email: '{{ email.email }}' })],
    },
  },
];
