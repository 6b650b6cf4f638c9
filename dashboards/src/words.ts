// What the dashboards say, in the language in which they are made.
import { MappingType, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { dictionary } from './dictionary';

/** The language of the dashboards: that of the command line, English without one. */
export const language: 'en' | 'zh' = process.argv[3] === 'zh' ? 'zh' : 'en';

/** A text of the dictionary; another one does not compile. */
export type Text = keyof typeof dictionary;

const said = new Set<Text>();

/** Returns texts in the language of the dashboards, one after the other. */
export function say(...texts: Text[]): string {
  texts.forEach((text) => said.add(text));
  return language === 'en' ? texts.join(' ') : texts.map((text) => dictionary[text]).join('');
}

/** Returns the texts of the dictionary that no dashboard has. */
export function unsaid(): string[] {
  return Object.keys(dictionary).filter((text) => !said.has(text as Text));
}

/** Severities in the order in which a table has them. */
export const severities = ['critical', 'warning', 'info'] as const satisfies readonly Text[];

export type Severity = (typeof severities)[number];

/** Returns mappings of severities to their words and colours, those of tiles: what is not lost is worth a look; `values` are what stands for them, in their order. */
export function severityTexts(values: readonly string[]): ValueMapping[] {
  const options = severities.map((severity, index) => [values[index], { text: say(severity), color: ['red', 'orange', 'orange'][index], index }]);
  return [{ type: MappingType.ValueToText, options: Object.fromEntries(options) }];
}

/** What the values of labels mean, in English and Chinese, as docs/metrics.md has it. A value that is not here is shown as it is. */
const meanings: Record<string, Record<string, readonly [en: string, zh: string]>> = {
  channel: {
    gt: ['GeTui', '个推'],
    ios: ['APNs (ios)', 'APNs (ios)'],
    apn: ['APNs (apn)', 'APNs (apn)'],
    hw: ['Huawei', '华为'],
    ho: ['Honor', '荣耀'],
    xm: ['Xiaomi', '小米'],
    xmg: ['Xiaomi (xmg)', '小米 (xmg)'],
    vv: ['vivo', 'vivo'],
    op: ['OPPO', 'OPPO'],
    opg: ['OPPO (opg)', 'OPPO (opg)'],
    mz: ['Meizu', '魅族'],
    st: ['Smartisan', '坚果'],
    wx: ['WeChat', '微信'],
  },
  kind: {
    app: ['whole app', '群推'],
    list: ['lists', '创建消息'],
    app_with_tag: ['users by conditions', '按条件筛选用户推送'],
    general: ['general', '普通消息'],
    special: ['special', '系统消息'],
    grouppush: ['group push', '群推消息体'],
  },
  stage: {
    deliverable: ['deliverable', '可下发'],
    sent: ['sent', '下发'],
    received: ['received', '到达'],
    displayed: ['displayed', '展示'],
    clicked: ['clicked', '点击'],
    basic: ['basic check', '基础检查'],
    fingerprint: ['fingerprint', '指纹检查'],
    conversion: ['conversion', '转化'],
  },
  category: {
    invalid_parameter: ['invalid parameter', '参数错误'],
    app_authentication_failed: ['app not authenticated', '应用鉴权失败'],
    sensitive_words: ['sensitive words', '敏感词'],
    invalid_device_or_app: ['invalid device or app', '设备或应用无效'],
    quota_exceeded: ['quota exceeded', '超出配额'],
    parameter_too_long: ['parameter too long', '参数过长'],
    no_permission: ['no permission', '没有权限'],
    notifications_disabled: ['notifications disabled', '通知已关闭'],
    vendor_reason: ['reason of the channel', '厂商通道原因'],
    offline: ['offline', '离线'],
    invalid_user: ['invalid user', '用户无效'],
    other: ['other', '其他'],
  },
  reason: {
    invalid_parameter: ['invalid parameter', '参数错误'],
    empty_title_or_content_or_url_not_https: ['empty title or content, or no https', '标题或内容为空，或链接不是 https'],
    no_title: ['no title', '没有标题'],
    invalid_click_target: ['invalid click target', '点击动作无效'],
    transparent_template_unsupported: ['transparent template unsupported', '不支持透传模板'],
    total_quota_exceeded: ['total quota exceeded', '超出总配额'],
    device_quota_exceeded: ['quota of the device exceeded', '超出单设备配额'],
    title_too_long: ['title too long', '标题过长'],
    content_too_long: ['content too long', '内容过长'],
    url_too_long: ['URL too long', '链接过长'],
    extra_data_too_long: ['extra data too long', '附加数据过长'],
    payload_too_long: ['payload too long', '消息体过长'],
    transparent_content_too_long: ['transparent content too long', '透传内容过长'],
    no_push_permission: ['no permission to push', '没有推送权限'],
    system_messages_disabled: ['system messages disabled', '系统消息已关闭'],
    outside_allowed_hours: ['outside the allowed hours', '不在允许的时段'],
    message_missing_or_expired: ['message missing or expired', '消息不存在或已过期'],
    too_many_requests: ['too many requests', '请求过于频繁'],
    display_time_restricted: ['display time restricted', '限制展示时间'],
    invalid_user: ['invalid user', '用户无效'],
    skipped_by_policy: ['skipped by policy', '按策略跳过'],
    cid_blacklisted: ['CID on the blacklist', 'CID 在黑名单中'],
    region_filtered: ['region filtered', '按地区过滤'],
    bi_blacklisted: ['on the BI blacklist', '在 BI 黑名单中'],
    activity_filtered: ['filtered by activity', '按活跃度过滤'],
    notifications_disabled: ['notifications disabled', '通知已关闭'],
    unspecified: ['not specified', '未说明'],
    other: ['other', '其他'],
  },
  vendor: {
    getui: ['GeTui', '个推'],
    polyv: ['Polyv', '保利威'],
    adspect: ['Adspect', 'Adspect'],
    sensorsdata: ['Sensors Data', '神策'],
    quanshi: ['Quanshi', '全时'],
  },
  // Why reads fail. The log and the runbook have the words of the label, so these stay.
  failure: {
    auth: ['auth', '凭证无效 (auth)'],
    rate_limited: ['rate_limited', '被服务商限流 (rate_limited)'],
    throttled: ['throttled', '受配置的限流 (throttled)'],
    timeout: ['timeout', '超时 (timeout)'],
    network: ['network', '网络错误 (network)'],
    http: ['http', 'HTTP 错误 (http)'],
    rejected: ['rejected', '请求被拒绝 (rejected)'],
    malformed: ['malformed', '响应与文档不符 (malformed)'],
    too_large: ['too_large', '响应过大 (too_large)'],
  },
  country: { unknown: ['unknown', '未知'], local_network: ['local network', '局域网'], other: ['other', '其他'] },
  province: { other: ['other', '其他'] },
  brand: {
    huawei: ['Huawei', '华为'],
    honor: ['Honor', '荣耀'],
    xiaomi: ['Xiaomi', '小米'],
    oppo: ['OPPO', 'OPPO'],
    vivo: ['vivo', 'vivo'],
    samsung: ['Samsung', '三星'],
    realme: ['realme', '真我'],
    meizu: ['Meizu', '魅族'],
    oneplus: ['OnePlus', '一加'],
    zte: ['ZTE', '中兴'],
    lenovo: ['Lenovo', '联想'],
    nubia: ['nubia', '努比亚'],
    others: ['others', '其他品牌'],
  },
  page: { safe: ['safe', '安全'], money: ['money', '目标'] },
  form: {
    phone: ['phone', '电话会议'],
    web_meeting: ['web meeting', '网络会议'],
    live: ['live', '直播'],
    large_live: ['large live', '大型直播'],
    other: ['other', '其他'],
  },
  side: { live_stream: ['live stream', '直播端'], interactive: ['interactive', '互动端'] },
  mode: {
    live: ['live', '直播'],
    replay: ['replay', '回放'],
    Filter: ['Filter', '过滤'],
    Review: ['Review', '审核'],
    Money: ['Money', '全部目标页'],
    White: ['White', '全部安全页'],
    other: ['other', '其他'],
  },
  audience: { live: ['live', '直播'], replay: ['replay', '回放'], both: ['both', '直播和回放'], other: ['other', '其他'] },
  device: {
    pc: ['PC', 'PC'],
    ios: ['iOS', 'iOS'],
    android: ['Android', 'Android'],
    mac: ['Mac', 'Mac'],
    tel: ['telephone', '电话'],
    other: ['other', '其他'],
  },
  client: {
    web: ['web', '网页'],
    client: ['client', '客户端'],
    applet: ['applet', '小程序'],
    tel: ['telephone', '电话'],
    box: ['box', '会议终端'],
    mcu: ['MCU', 'MCU'],
    webrtc: ['WebRTC', 'WebRTC'],
    other: ['other', '其他'],
  },
  auth: {
    public: ['public', '公开'],
    whitelist: ['whitelist', '白名单'],
    password: ['password', '密码'],
    paid: ['paid', '付费'],
    phone: ['phone', '手机号'],
    other: ['other', '其他'],
  },
  role: { host: ['host', '主持人'], speaker: ['speaker', '发言人'], attendee: ['attendee', '参会者'], other: ['other', '其他'] },
  action: {
    chat: ['chat', '聊天'],
    praise: ['praise', '点赞'],
    prize: ['prize', '抽奖'],
    question: ['question', '提问'],
    raise_hand: ['hand raised', '举手'],
    share: ['share', '分享'],
    sign: ['sign-in', '签到'],
    vote: ['vote', '投票'],
    envelope: ['red envelope', '红包'],
    quiz: ['quiz', '答题'],
    goods_click: ['click on goods', '点击商品'],
  },
};

/** Returns the values of a label with their meanings, but for those that say it themselves in all languages. */
function meaningsOf(label: string): [value: string, text: string][] {
  return Object.entries(meanings[label] ?? {})
    .filter(([value, texts]) => texts.some((text) => text !== value))
    .map(([value, [en, zh]]) => [value, language === 'en' ? en : zh]);
}

/** Returns the mappings of a label's values to their meaning; none where they say it themselves. */
export function labelTexts(label: string): ValueMapping[] {
  const options = Object.fromEntries(meaningsOf(label).map(([value, text], index) => [value, { text, index }]));
  return Object.keys(options).length === 0 ? [] : [{ type: MappingType.ValueToText, options }];
}

/** Returns what a value of a label means. */
export function meaningOf(label: string, value: string): string {
  const [en, zh] = meanings[label]![value]!;
  return language === 'en' ? en : zh;
}

/** Returns the meanings of the values that two labels have in common. */
export function sharedMeanings(label: string, other: string): string[] {
  return Object.keys(meanings[label]!).filter((value) => value in meanings[other]!).map((value) => meaningOf(label, value));
}

/** Returns a query with the meanings in place of the values of labels, for legends, which have no mappings. */
export function worded(expr: string, ...labels: string[]): string {
  return labels
    .flatMap((label) => meaningsOf(label).map(([value, text]) => ({ label, value, text })))
    .reduce((inner, { label, value, text }) => `label_replace(${inner}, "${label}", "${text}", "${label}", "${value}")`, expr);
}
