package getui_test

// The examples of GeTui's document, as they stand there.
const (
	taskDocument = `{
"$taskid": {
"total": {
"msg_num":4,
"target_num":4,
"receive_num":4,
"display_num":2,
"click_num":2
},
"gt": {
"target_num":2,
"receive_num":2,
"display_num":1,
"click_num":1
},
"actionCntMap": {
"$actionId":2
}
}
}`

	taskGroupDocument = `{
"$group_name": {
"total": {
"msg_num":4,
"target_num":4,
"receive_num":4,
"display_num":2,
"click_num":2
},
"gt": {
"target_num":2,
"receive_num":2,
"display_num":1,
"click_num":1
},
"ios": {
"target_num":2,
"receive_num":2,
"display_num":1,
"click_num":1
}
}
}`

	taskDetailDocument = `{
"$taskid":{
"total":{
"msg_num":320,
"target_num":14,
"receive_num":3,
"display_num":3,
"click_num":0
},
"gt":{
"target_num":3,
"receive_num":2,
"display_num":2,
"click_num":0
},
"apn":{
"target_num":11,
"receive_num":1,
"display_num":1,
"click_num":0
},
"failed_detail":{
"rs":{
"gt":{
"12":{
"total":231
}
},
"apn":{
"11":{
"11999":1,
"total":1
}
}
},
"ts":{
"gt":{
"13":{
"13001":608,
"total":608
},
"14":{
"14001":3,
"total":3
}
}
}
}
}
}`

	pushDayDocument = `{
"$date": {
"total": {
"target_num":4,
"receive_num":4,
"display_num":2,
"click_num":2
},
"gt": {
"target_num":2,
"receive_num":2,
"display_num":1,
"click_num":1
},
"hw": {
"target_num":2,
"receive_num":2,
"display_num":1,
"click_num":1
},
"ho": {
"target_num":2,
"receive_num":2,
"display_num":1,
"click_num":1
}
}
}`

	pushCountDocument = `{
"vv":{
"special":{
"push_num":0,
"total_num":"10000",
"limit":false
},
"general":{
"push_num":0,
"total_num":"10000",
"limit":false
},
"grouppush":{
"push_num":0,
"total_num":"1000",
"limit":false
}
},
"op":{
"general":{
"total_num":"100000",
"limit":false,
"remain_num":"100000"
}
},
"xm":{
"general":{
"total_num":20000,
"limit":false,
"remain_num":20000
}
},
"gt":{
"app":{
"total_num":3000,
"limit":false,
"remain_num":3000
},
"app_with_tag":{
"total_num":1000,
"limit":false,
"remain_num":1000
},
"list":{
"total_num":2000000,
"limit":false,
"remain_num":2000000
}
}
}`

	userDayDocument = `{
"$date": {
"accumulative_num":9,
"register_num":2,
"active_num":5,
"online_num":2
}
}`

	onlineUserDocument = `{
"online_statics":{
"$date":4,
"$date":5
}
}`
)
