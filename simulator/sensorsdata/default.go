package sensorsdata

import (
	"strings"
	"time"
)

// DefaultProjects are a large shop and a small school. Their secrets are invented.
func DefaultProjects() []Project {
	return []Project{
		{
			Name: "ebiz", DemoTags: []int{21, 19, 20},
			Project: "production", APISecret: "SimShopTagsSecretNotReal00000001", Users: 2_400_000,
			Directories: DefaultDirectories(), Tags: DefaultTags(), MaxTagsPerPage: 10,
		},
		{
			Name: "school", DemoTags: []int{2, 4}, SecretInHeader: true,
			Project: "school", APISecret: "SimSchoolTagsSecretNotReal000002", Users: 18_000,
			Directories: []Directory{{ID: 1, Name: "未分类", Default: true}, {ID: 3, Name: "学员"}},
			Tags: []Tag{
				{ID: 2, Name: "user_tag_xueduan", DisplayName: "学段", Directory: 3,
					Values: []string{"小学", "初中", "高中", "大学"}, Share: 930_000},
				{ID: 4, Name: "user_tag_wankelv", DisplayName: "完课率", Directory: 3, DataType: "NUMBER", Source: 9,
					Values: []string{"0", "25", "50", "75", "100"}, Share: 640_000, FailsOneIn: 3},
				{ID: 5, Name: "user_tag_xufei", DisplayName: "续费意向", Values: []string{"高", "中", "低"}, Share: 210_000},
				{ID: 6, Name: "user_tag_laoshi", DisplayName: "推荐老师", Pending: true},
			},
		},
	}
}

// DefaultDirectories are the directories of DefaultTags.
func DefaultDirectories() []Directory {
	return []Directory{
		{ID: 1, Name: "未分类", Default: true},
		{ID: 8, Name: "用户价值"},
		{ID: 9, Name: "会员体系", Parent: 8},
		{ID: 14, Name: "行为偏好"},
		{ID: 16, Name: "活动 / 2026", Parent: 14},
		{ID: 22, Name: "空目录", Parent: 16},
		{ID: 40, Name: "用户画像", Hidden: true},
	}
}

// DefaultTags are tags of each kind. The computation of 20 fails now and then, that of 11 takes long.
func DefaultTags() []Tag {
	return []Tag{
		{ID: 7, Name: "user_tag_huiyuandengji", DisplayName: "会员等级", Directory: 9,
			Values: []string{"青铜", "白银", "黄金", "钻石"}, Share: 720_000},
		{ID: 10, Name: "user_tag_shoucigoumai", DisplayName: "首次购买时间", Directory: 8, DataType: "DATETIME", Source: 10,
			Values: []string{"2026-01-01 00:00:00", "2026-02-01 00:00:00", "2026-03-01 00:00:00"}, Share: 510_000},
		{ID: 11, Name: "user_tag_pianhaopinlei", DisplayName: "偏好品类", Directory: 14, DataType: "LIST", Source: 11,
			Values: []string{"服饰", "美妆", "数码", "家居", "食品", "母婴", "图书", "运动"}, Share: 660_000, Takes: 50 * time.Minute},
		{ID: 13, Name: "user_tag_changzhuchengshi", DisplayName: "常住城市", Directory: 14, Source: 11,
			Values: strings.Fields(cities), Share: 880_000, Takes: 4 * time.Minute},
		{ID: 15, Name: "user_tag_gaojiazhi", DisplayName: "高价值用户", Directory: 8, DataType: "BOOL", Source: 7,
			Values: []string{"true", "false"}, Share: 1_000_000},
		{ID: 17, Name: "user_tag_mendianhuiyuan", DisplayName: "线下门店会员", Directory: 9, Source: 6,
			Values: []string{"华东", "华南", "华北", "西南"}, Share: 120_000, ByHand: true},
		{ID: 18, Name: "user_tag_zhongziyonghu", DisplayName: "种子用户(上传)", DataType: "BOOL", Source: 5,
			Values: []string{"true"}, Share: 4_000, ByHand: true},
		{ID: 19, Name: "user_tag_shoucangpinci", DisplayName: "收藏频次", Directory: 14, DataType: "NUMBER", Source: 9,
			Values: []string{"0", "1", "2", "3", "5", "10"}, Share: 800_000},
		{ID: 20, Name: "user_tag_liushiyujing", DisplayName: "流失预警", Directory: 8,
			Values: []string{"低风险", "中风险", "高风险"}, Share: 450_000, Takes: 3 * time.Minute, FailsOneIn: 4},
		{ID: 21, Name: "user_tag_shengmingzhouqi", DisplayName: "用户生命周期", Directory: 8,
			Values: []string{"新用户", "成长期", "成熟期", "衰退期", "已流失"}, Share: 1_000_000, Takes: 90 * time.Second},
		{ID: 23, Name: "user_tag_huoyuetianshu", DisplayName: "活跃天数分布", Directory: 14, DataType: "NUMBER", Source: 12,
			Values: []string{"1", "2", "3", "4", "5", "6", "7"}, Share: 350_000, Forbidden: true},
		{ID: 24, Name: "user_tag_rfm", DisplayName: "RFM 客户价值", Directory: 8, Source: 21,
			Values: []string{"重要价值", "重要保持", "重要发展", "一般价值", "一般挽留"}, Share: 510_000},
		{ID: 25, Name: "user_tag_chaxunjieguo", DisplayName: "“双十一”加购未付", Directory: 16, DataType: "BOOL", Source: 2,
			Values: []string{"true"}, Share: 30_000, ByHand: true},
		{ID: 26, Name: "user_tag_chunjie", DisplayName: "春节活动偏好", Directory: 16, Values: []string{"红包", "年货", "秒杀"},
			Share: 90_000, Suspended: time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)},
		{ID: 27, Name: "user_tag_zhibo", DisplayName: "直播间偏好(待审批)", Directory: 16, Pending: true},
		{ID: 41, Name: "user_tag_huaxiangxingbie", DisplayName: "画像:性别", Directory: 40, Values: []string{"男", "女"},
			Share: 770_000},
	}
}

// cities are more values than anybody shows.
const cities = `北京 上海 广州 深圳 杭州 南京 苏州 成都 重庆 武汉 西安 天津 长沙 郑州 青岛 宁波 无锡 佛山 东莞 合肥 厦门 福州 济南 沈阳 大连 哈尔滨 长春
	昆明 南宁 贵阳 南昌 太原 石家庄 温州 泉州 常州 徐州 南通 绍兴 嘉兴 台州 金华 珠海 中山 惠州 烟台 潍坊 洛阳 兰州 乌鲁木齐 呼和浩特 银川 西宁 海口 三亚 拉萨
	扬州 镇江 芜湖 桂林`
