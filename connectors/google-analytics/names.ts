/**
 * Names that Google keeps for itself: the reserved event names of the Measurement Protocol, and those that the naming rules for web
 * streams add (https://support.google.com/analytics/answer/13316687). Sent all the same, such an event is dropped without a word.
 */
export const reservedEvents = new Set([
  'ad_activeview',
  'ad_click',
  'ad_exposure',
  'ad_impression',
  'ad_query',
  'ad_reward',
  'adunit_exposure',
  'app_clear_data',
  'app_exception',
  'app_install',
  'app_remove',
  'app_store_refund',
  'app_store_subscription_cancel',
  'app_store_subscription_renew',
  'app_update',
  'app_upgrade',
  'click',
  'dynamic_link_app_open',
  'dynamic_link_app_update',
  'dynamic_link_first_open',
  'error',
  'file_download',
  'firebase_campaign',
  'firebase_in_app_message_action',
  'firebase_in_app_message_dismiss',
  'firebase_in_app_message_impression',
  'first_open',
  'first_visit',
  'form_start',
  'form_submit',
  'in_app_purchase',
  'notification_dismiss',
  'notification_foreground',
  'notification_open',
  'notification_receive',
  'os_update',
  'page_view',
  'screen_view',
  'scroll',
  'session_start',
  'session_start_with_rollout',
  'user_engagement',
  'video_progress',
  'video_start',
  'view_complete',
  'view_search_results',
]);

/** Parameters that Google fills by itself. `session_id` and `engagement_time_msec` are reserved too, and are what a server is to send. */
export const reservedParameters = new Set(['gclid', 'session_number', 'firebase_conversion']);

export const reservedPrefixes = ['_', 'firebase_', 'ga_', 'google_', 'gtag.'];
