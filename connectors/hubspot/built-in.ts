import type { BuiltInWorkflow } from '../../src/sdk/index.ts';

/** The standard records of meetings. Each can be switched off; a custom workflow that writes the same one gets a warning. */
export const builtInWorkflows: BuiltInWorkflow[] = [
  {
    key: 'meeting-activity',
    conflictsWith: ['hubspot.create_meeting'],
    document: {
      name: 'HubSpot: meeting activity',
      description: 'Writes a meeting onto the HubSpot contact’s timeline when a meeting is booked.',
      trigger: { type: 'meeting_booked', timing: 'immediately' },
      steps: [{ id: 'meeting', action: 'hubspot.create_meeting' }],
    },
  },
  {
    key: 'meeting-changes',
    conflictsWith: ['hubspot.sync_meeting'],
    document: {
      name: 'HubSpot: changed meetings',
      description:
        'Moves the HubSpot meeting when a meeting is rescheduled, and sets its outcome when it is cancelled or a no-show.',
      trigger: { type: 'meeting_changed', timing: 'immediately' },
      steps: [{ id: 'meeting', action: 'hubspot.sync_meeting' }],
    },
  },
];
