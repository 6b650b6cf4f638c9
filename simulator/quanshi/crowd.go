package quanshi

import "github.com/engage-exporter/engage_exporter/simulator/core"

// choice is a value with its weight among others.
type choice struct {
	value  string
	weight int64
}

// choose takes a value by weight.
func choose(list []choice, n core.Noise) string {
	var all int64
	for _, c := range list {
		all += c.weight
	}
	at := n.Between(0, all-1)
	for _, c := range list {
		if at -= c.weight; at < 0 {
			return c.value
		}
	}
	return list[0].value
}

// What people watch on. The last of each list is not in the document's set.
var (
	devices = []choice{{"PC", 360}, {"IOS", 250}, {"Android", 280}, {"MAC", 90}, {"HarmonyOS", 20}}

	liveClients   = []choice{{"WEB", 980}, {"H5", 20}}
	mobileClients = []choice{{"WEB", 620}, {"APPLET", 360}, {"H5", 20}}

	meetingClients = []choice{{"CLIENT", 640}, {"WEBRTC", 160}, {"WEB", 90}, {"BOX", 60}, {"MCU", 40}, {"SDK", 10}}
)

const telephone = "TEL" // a device and a client

// words are how the summary of a viewer calls devices and clients.
var words = map[string]string{
	"PC": "Windows", "MAC": "Mac", "IOS": "iOS", "TEL": "电话", "CLIENT": "客户端", "WEB": "Web", "APPLET": "小程序",
	"BOX": "会议室终端", "WEBRTC": "WebRTC",
}

func word(value string) string {
	if word, ok := words[value]; ok {
		return word
	}
	return value
}

// place is where somebody is, as rows and as summaries write it.
type place struct{ row, summary string }

var places = []place{
	{"中国-陕西-西安", "陕西西安"}, {"中国-北京-北京", "北京北京"}, {"中国-上海-上海", "上海上海"}, {"中国-广东-广州", "广东广州"},
	{"中国-广东-深圳", "广东深圳"}, {"中国-浙江-杭州", "浙江杭州"}, {"中国-江苏-南京", "江苏南京"}, {"中国-江苏-苏州", "江苏苏州"},
	{"中国-四川-成都", "四川成都"}, {"中国-湖北-武汉", "湖北武汉"}, {"中国-山东-青岛", "山东青岛"}, {"中国-河南-郑州", "河南郑州"},
	{"中国-福建-厦门", "福建厦门"}, {"中国-湖南-长沙", "湖南长沙"}, {"中国-香港", "香港"}, {"美国-加利福尼亚-洛杉矶", "加利福尼亚洛杉矶"},
	{"新加坡", "新加坡"}, {"日本-东京都-东京", "东京都东京"},
}

// Where the address has no known place.
var (
	lan     = place{"本地局域网", "-"}
	nowhere = place{"-", "-"}
)

func placeOf(n core.Noise) place {
	switch lot := n.Between(0, 99); {
	case lot < 8:
		return lan
	case lot < 11:
		return nowhere
	}
	n = n.With("place")
	// The first places have more people than the last.
	return places[min(n.Between(0, int64(len(places))-1), n.With("again").Between(0, int64(len(places))-1))]
}

// The actions, by what rows call their numbers.
const (
	chat = iota
	praise
	prize
	question
	raiseHand
	share
	checkSum
	vote
	redEnvelope
	quiz
	goods
	actions // how many there are
)

// habits are how many of a thousand do it in one session, and how often at most. Where a row is null rather than
// 0 says rare.
var habits = [actions]struct {
	field        string
	live, replay int64
	most         int64
	rare         bool
}{
	chat:        {"chat_num", 300, 20, 8, false},
	praise:      {"praise_num", 400, 150, 20, false},
	prize:       {"prize_num", 80, 0, 2, false},
	question:    {"question_num", 120, 0, 3, false},
	raiseHand:   {"raise_hand_num", 60, 0, 2, false},
	share:       {"share_num", 70, 40, 2, true},
	checkSum:    {"sign_num", 350, 0, 1, false},
	vote:        {"vote_num", 180, 0, 2, false},
	redEnvelope: {"envelope_num", 110, 0, 1, false},
	quiz:        {"quiz_num", 90, 0, 2, true},
	goods:       {"goods_sum_hits", 150, 60, 5, true},
}
