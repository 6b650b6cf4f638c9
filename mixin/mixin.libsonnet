// The rules and dashboards of engage_exporter for those who generate theirs with jsonnet. With the values of _config as
// they are here, the rules are those of rules/*.yml, and the dashboards those of dashboards/*.json.
{
  _config+:: {
    // Regular expressions for the job of the exporter, and of the accounts as targets of their own.
    jobs: 'engage|engage[-_]exporter',
    accountJobs: 'engage[-_]accounts',
    // Where the runbook is: the name of an alert in lower case follows.
    runbookURL: 'https://github.com/engage-exporter/engage_exporter/blob/main/docs/runbook.md#',
    // Labels that every alert gets besides its own.
    alertLabels: {},
    // Alerts to leave out, by name.
    withoutAlerts: [],
    // More fields of an alert, by its name: { GetuiPushQuotaLow: { 'for': '10m', labels+: { severity: 'critical' } } }
    alerts: {},
    // The languages of the dashboards: 'en', 'zh', or both.
    dashboardLanguages: ['en'],
    // Tags that every dashboard gets besides its own.
    dashboardTags: [],

    // The numbers that alerts compare with. The comments in rules/*.yml say why they are what they are.
    thresholds: {
      adspectInvalidTrafficFactor: '1.5',
      adspectInvalidTrafficDifference: '0.10',
      adspectQualityFactor: '0.7',
      adspectClicksAtLeast: '30',
      adspectSavedQueriesRatio: '0.95',
      adspectAccountExpiresDays: '7',
      engageEndpointUnsteadyRatio: '0.5',
      engageRateLimitsPerHour: '3.5',
      engageLimitsTooLowPerHour: '3.5',
      engageRestartsPerHour: '3',
      getuiDeliveryFactor: '0.85',
      getuiDeliverySentAtLeast: '1000',
      getuiClicksFactor: '0.70',
      getuiClicksAtLeast: '100',
      getuiOnlineUsersAtLeast: '100',
      getuiOnlineUsersStaleSeconds: '3600',
      getuiTaskLossRatio: '0.20',
      getuiTaskOfflineLossRatio: '0.50',
      getuiPushQuotaRemainingRatio: '0.10',
      getuiPushQuotaRequestedRatio: '0.90',
      polyvTrafficFactor: '2',
      polyvTrafficBytesAtLeast: '10e9',
      quanshiAudienceAtLeast: '50',
      quanshiAudienceRatio: '0.5',
      sensorsdataTagLateHours: '6',
      sensorsdataTagUsersAtLeast: '1000',
    },
  },

  local config = $._config,

  // For each threshold: the alert, and the text of its expression that has the number in place of %s.
  local places = {
    adspectInvalidTrafficFactor: ['AdspectInvalidTrafficJumped', '> %s * account_stream:'],
    adspectInvalidTrafficDifference: ['AdspectInvalidTrafficJumped', ':median7d + %s'],
    adspectQualityFactor: ['AdspectQualityFell', '< %s * account_stream:'],
    adspectClicksAtLeast: ['AdspectClicksStopped', 'offset 1d >= %s', 'offset 1w < %s'],
    adspectSavedQueriesRatio: ['AdspectSavedQueriesNearLimit', '>= %s'],
    adspectAccountExpiresDays: ['AdspectAccountExpires', '< %s * 86400'],
    engageEndpointUnsteadyRatio: ['EngageEndpointUnsteady', '[2h]) < %s'],
    engageRateLimitsPerHour: ['EngageVendorRateLimits', '> %s'],
    engageLimitsTooLowPerHour: ['EngageLimitsTooLow', '> %s'],
    engageRestartsPerHour: ['EngageExporterRestarts', '[1h]) > %s'],
    getuiDeliveryFactor: ['GetuiChannelDeliveryFell', '< %s * account_channel:'],
    getuiDeliverySentAtLeast: ['GetuiChannelDeliveryFell', '>= %s'],
    getuiClicksFactor: ['GetuiChannelClicksFell', '< %s * account_channel:'],
    getuiClicksAtLeast: ['GetuiChannelClicksFell', '>= %s'],
    getuiOnlineUsersAtLeast: ['GetuiOnlineUsersDropped', ':median7d >= %s)'],
    getuiOnlineUsersStaleSeconds: ['GetuiOnlineUsersStale', '> %s'],
    getuiTaskLossRatio: ['GetuiTaskLosses', 'category!~"offline|notifications_disabled"} > %s'],
    getuiTaskOfflineLossRatio: ['GetuiTaskLosses', 'category=~"offline|notifications_disabled"} > %s'],
    getuiPushQuotaRemainingRatio: ['GetuiPushQuotaLow', '< %s'],
    getuiPushQuotaRequestedRatio: ['GetuiPushQuotaRequestedHigh', '> %s'],
    polyvTrafficFactor: ['PolyvTrafficHigh', '> %s * account:'],
    polyvTrafficBytesAtLeast: ['PolyvTrafficHigh', '>= %s'],
    quanshiAudienceAtLeast: ['QuanshiLiveAudienceDropped', '>= %s)'],
    quanshiAudienceRatio: ['QuanshiLiveAudienceDropped', '< %s'],
    sensorsdataTagLateHours: ['SensorsdataTagLate', '> %s * 3600'],
    sensorsdataTagUsersAtLeast: ['SensorsdataTagUsersJumped', ':max >= %s', ':median7d >= %s'],
  },

  local defaults = (import 'mixin.libsonnet')._config,

  // This text with the jobs and the runbook of _config.
  local adapted(text) = std.foldl(
    function(text, name) std.strReplace(text, defaults[name], config[name]), ['jobs', 'accountJobs', 'runbookURL'], text
  ),

  local withThresholds(alert) = alert {
    expr: std.foldl(
      function(expr, name) std.foldl(
        function(expr, place)
          local old = place % defaults.thresholds[name];
          local found = std.length(std.split(expr, old)) - 1;
          assert found == 1 : '%s has "%s" %d times: the threshold %s needs it once' % [alert.alert, old, found, name];
          std.strReplace(expr, old, place % std.toString(config.thresholds[name])),
        places[name][1:],
        expr,
      ),
      [name for name in std.objectFields(places) if places[name][0] == alert.alert],
      alert.expr
    ),
  },

  local adaptedRule(rule) =
    if !std.objectHas(rule, 'alert') then rule
    else withThresholds(rule) { labels+: config.alertLabels } + std.get(config.alerts, rule.alert, {}),

  local hasAlerts(group) = std.any([std.objectHas(rule, 'alert') for rule in group.rules]),

  local files = [
    importstr '../rules/adspect.yml',
    importstr '../rules/exporter.yml',
    importstr '../rules/getui_names.yml',
    importstr '../rules/getui_push.yml',
    importstr '../rules/getui_quota.yml',
    importstr '../rules/polyv.yml',
    importstr '../rules/quanshi.yml',
    importstr '../rules/sensorsdata.yml',
  ],

  local groups = [
    group {
      rules: [
        adaptedRule(rule)
        for rule in group.rules
        if !std.member(config.withoutAlerts, std.get(rule, 'alert', ''))
      ],
    }
    for file in files
    for group in std.parseYaml(adapted(file)).groups
  ],

  // Groups that have alerts have the recording rules that these need, too: rules of a group are evaluated in order.
  prometheusAlerts+:: { groups+: [group for group in groups if hasAlerts(group)] },
  prometheusRules+:: { groups+: [group for group in groups if !hasAlerts(group) && group.rules != []] },

  local dashboard(text) = std.parseJson(adapted(text)) { tags+: config.dashboardTags },

  local dashboards = {
    en: {
      'engage-adspect.json': dashboard(importstr '../dashboards/adspect.json'),
      'engage-exporter.json': dashboard(importstr '../dashboards/exporter.json'),
      'engage-getui.json': dashboard(importstr '../dashboards/getui.json'),
      'engage-overview.json': dashboard(importstr '../dashboards/overview.json'),
      'engage-polyv.json': dashboard(importstr '../dashboards/polyv.json'),
      'engage-quanshi.json': dashboard(importstr '../dashboards/quanshi.json'),
      'engage-sensorsdata.json': dashboard(importstr '../dashboards/sensorsdata.json'),
      'engage-trends.json': dashboard(importstr '../dashboards/trends.json'),
    },
    zh: {
      'engage-zh-adspect.json': dashboard(importstr '../dashboards/zh/adspect.json'),
      'engage-zh-exporter.json': dashboard(importstr '../dashboards/zh/exporter.json'),
      'engage-zh-getui.json': dashboard(importstr '../dashboards/zh/getui.json'),
      'engage-zh-overview.json': dashboard(importstr '../dashboards/zh/overview.json'),
      'engage-zh-polyv.json': dashboard(importstr '../dashboards/zh/polyv.json'),
      'engage-zh-quanshi.json': dashboard(importstr '../dashboards/zh/quanshi.json'),
      'engage-zh-sensorsdata.json': dashboard(importstr '../dashboards/zh/sensorsdata.json'),
      'engage-zh-trends.json': dashboard(importstr '../dashboards/zh/trends.json'),
    },
  },

  grafanaDashboards+:: std.foldl(function(all, language) all + dashboards[language], config.dashboardLanguages, {}),
}
