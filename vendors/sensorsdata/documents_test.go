package sensorsdata_test

// The examples of Sensors Data's document, without the comments and commas that are no JSON.
const (
	tagDocument = `{
  "id":15,
  "dir_id":1,
  "name":"user_tag_biaoqian12",
  "cname":"标签12",
  "user_name":"xxx@qq.com",
  "create_time":"2019-12-05 20:46:56",
  "data_type":"STRING",
  "unit":"DAY",
  "source_type":1,
  "is_routine":true,
  "status":"RUNNING",
  "comment":"",
  "cron":"0 0 0 * * ? *",
  "rule_content_list":[
    {
      "value":"分层1",
      "type":"rules_relation",
      "relation":"and",
      "rules":[
        {
          "type":"rules_relation",
          "relation":"and",
          "rules":[
            {
              "type":"profile_rule",
              "field":"user.$first_visit_time",
              "function":"equal",
              "params":[
                "2019-12-10 00:00:00:00"
              ]
            }
          ]
        },
        {
          "type":"rules_relation",
          "relation":"and",
          "rules":[
            {
              "measure":{
                "aggregator":"general",
                "field":"",
                "type":"event_measure",
                "event_name":"buy"
              },
              "type":"event_rule",
              "time_function":"relative_time",
              "time_params":[
                "1 day"
              ],
              "params":[
                1
              ],
              "function":"least",
              "filters":[

              ]
            }
          ]
        },
        {
          "type":"rules_relation",
          "relation":"and",
          "rules":[
            {
              "type":"event_sequence_rule",
              "time_function":"relative_time",
              "time_params":[
                "1 day"
              ],
              "steps":[
                {
                  "event":"buy",
                  "filters":[

                  ]
                },
                {
                  "event":"buy",
                  "filters":[

                  ]
                }
              ]
            }
          ]
        }
      ]
    }
  ],
  "failed_partition_count":0,
  "last_succeed_partition":{
    "base_time":"2019-12-18 00:00:00",
    "finished_time":"2019-12-18 01:00:30",
    "user_count":0,
    "status":"SUCCEED",
    "rule_content_list":[
      {
        "value":"分层1",
        "type":"rules_relation",
        "relation":"and",
        "rules":[
          {
            "type":"rules_relation",
            "relation":"and",
            "rules":[
              {
                "type":"profile_rule",
                "field":"user.$first_visit_time",
                "function":"equal",
                "params":[
                  "2019-12-10 00:00:00:00"
                ]
              }
            ]
          },
          {
            "type":"rules_relation",
            "relation":"and",
            "rules":[
              {
                "measure":{
                  "aggregator":"general",
                  "field":"",
                  "type":"event_measure",
                  "event_name":"buy"
                },
                "type":"event_rule",
                "time_function":"relative_time",
                "time_params":[
                  "1 day"
                ],
                "params":[
                  1
                ],
                "function":"least",
                "filters":[

                ]
              }
            ]
          },
          {
            "type":"rules_relation",
            "relation":"and",
            "rules":[
              {
                "type":"event_sequence_rule",
                "time_function":"relative_time",
                "time_params":[
                  "1 day"
                ],
                "steps":[
                  {
                    "event":"buy",
                    "filters":[

                    ]
                  },
                  {
                    "event":"buy",
                    "filters":[

                    ]
                  }
                ]
              }
            ]
          }
        ]
      }
    ]
  },
  "last_partition_info":{
    "base_time":"2019-12-18 00:00:00",
    "start_time":"2019-12-18 01:00:26",
    "finished_time":"2019-12-18 01:00:30",
    "user_count":0,
    "status":"SUCCEED",
    "next_partition_base_time":"2019-12-19 00:00:00"
  }
}`

	reportDocument = `{
  "aggregate_result":{
    "series":[
      "2019-12-16 00:00:00",
      "2019-12-17 00:00:00",
      "2019-12-18 00:00:00"
    ],
    "rows":[
      {
        "by_value":"$ALL",
        "partition_values":[
          {
            "user_count":0,
            "percent":100,
            "base_time":"2019-12-16 00:00:00",
            "finished_time":"2019-12-16 01:01:37"
          },
          {
            "user_count":0,
            "percent":100,
            "base_time":"2019-12-17 00:00:00",
            "finished_time":"2019-12-17 01:00:34"
          },
          {
            "user_count":0,
            "percent":100,
            "base_time":"2019-12-18 00:00:00",
            "finished_time":"2019-12-18 01:01:02"
          }
        ]
      }
    ]
  },
  "non_aggregate_result":{
    "series":[
      "2019-12-16 00:00:00",
      "2019-12-17 00:00:00",
      "2019-12-18 00:00:00"
    ],
    "rows":[
      {
        "by_value":"分层2",
        "partition_values":[
          {
            "user_count":0,
            "percent":0,
            "base_time":"2019-12-16 00:00:00",
            "finished_time":"2019-12-16 01:01:37"
          },
          {
            "user_count":0,
            "percent":0,
            "base_time":"2019-12-17 00:00:00",
            "finished_time":"2019-12-17 01:00:34"
          },
          {
            "user_count":0,
            "percent":0,
            "base_time":"2019-12-18 00:00:00",
            "finished_time":"2019-12-18 01:01:02"
          }
        ]
      },
      {
        "by_value":"分层1",
        "partition_values":[
          {
            "user_count":0,
            "percent":0,
            "base_time":"2019-12-16 00:00:00",
            "finished_time":"2019-12-16 01:01:37"
          },
          {
            "user_count":0,
            "percent":0,
            "base_time":"2019-12-17 00:00:00",
            "finished_time":"2019-12-17 01:00:34"
          },
          {
            "user_count":0,
            "percent":0,
            "base_time":"2019-12-18 00:00:00",
            "finished_time":"2019-12-18 01:01:02"
          }
        ]
      }
    ]
  }
}`

	partitionsDocument = `[
    {
        "base_time":"2019-12-17 00:00:00",
        "start_time":"2019-12-17 01:00:46",
        "finished_time":"2019-12-17 01:00:49",
        "user_count":0,
        "status":"SUCCEED",
        "rule_content_list":[
            {
                "value":"分层1",
                "type":"rules_relation",
                "relation":"and",
                "rules":[
                    {
                        "type":"rules_relation",
                        "relation":"and",
                        "rules":[
                            {
                                "type":"profile_rule",
                                "field":"user.$first_visit_time",
                                "function":"equal",
                                "params":[
                                    "2019-12-10 00:00:00:00"
                                ]
                            }
                        ]
                    },
                    {
                        "type":"rules_relation",
                        "relation":"and",
                        "rules":[
                            {
                                "measure":{
                                    "aggregator":"general",
                                    "field":"",
                                    "type":"event_measure",
                                    "event_name":"buy"
                                },
                                "type":"event_rule",
                                "time_function":"relative_time",
                                "time_params":[
                                    "1 day"
                                ],
                                "params":[
                                    1
                                ],
                                "function":"least",
                                "filters":[

                                ]
                            }
                        ]
                    },
                    {
                        "type":"rules_relation",
                        "relation":"and",
                        "rules":[
                            {
                                "type":"event_sequence_rule",
                                "time_function":"relative_time",
                                "time_params":[
                                    "1 day"
                                ],
                                "steps":[
                                    {
                                        "event":"buy",
                                        "filters":[

                                        ]
                                    },
                                    {
                                        "event":"buy",
                                        "filters":[

                                        ]
                                    }
                                ]
                            }
                        ]
                    }
                ]
            }
        ]
    },
    {
        "base_time":"2019-12-18 00:00:00",
        "start_time":"2019-12-18 01:00:26",
        "finished_time":"2019-12-18 01:00:30",
        "user_count":0,
        "status":"SUCCEED",
        "rule_content_list":[
            {
                "value":"分层1",
                "type":"rules_relation",
                "relation":"and",
                "rules":[
                    {
                        "type":"rules_relation",
                        "relation":"and",
                        "rules":[
                            {
                                "type":"profile_rule",
                                "field":"user.$first_visit_time",
                                "function":"equal",
                                "params":[
                                    "2019-12-10 00:00:00:00"
                                ]
                            }
                        ]
                    },
                    {
                        "type":"rules_relation",
                        "relation":"and",
                        "rules":[
                            {
                                "measure":{
                                    "aggregator":"general",
                                    "field":"",
                                    "type":"event_measure",
                                    "event_name":"buy"
                                },
                                "type":"event_rule",
                                "time_function":"relative_time",
                                "time_params":[
                                    "1 day"
                                ],
                                "params":[
                                    1
                                ],
                                "function":"least",
                                "filters":[

                                ]
                            }
                        ]
                    },
                    {
                        "type":"rules_relation",
                        "relation":"and",
                        "rules":[
                            {
                                "type":"event_sequence_rule",
                                "time_function":"relative_time",
                                "time_params":[
                                    "1 day"
                                ],
                                "steps":[
                                    {
                                        "event":"buy",
                                        "filters":[

                                        ]
                                    },
                                    {
                                        "event":"buy",
                                        "filters":[

                                        ]
                                    }
                                ]
                            }
                        ]
                    }
                ]
            }
        ]
    }
]`

	directoriesDocument = `[
  {
    "type": "DIR",
    "id": 1,
    "cname": "未分类",
    "is_default": true,
    "items": [
      {
        "type": "USER_TAG",
        "id": 12,
        "name": "user_tag_biaoqian3",
        "cname": "标签3",
        "data_type": "STRING",
        "is_permitted": false
      },
      {
        "type": "USER_TAG",
        "id": 13,
        "name": "user_tag_biaoqian4",
        "cname": "标签4",
        "data_type": "STRING",
        "is_permitted": false
      }
    ]
  },
  {
    "type": "DIR",
    "id": 8,
    "cname": "目录1",
    "items": [
      {
        "type": "USER_TAG",
        "id": 2,
        "name": "user_tag_xxx1_1",
        "cname": "xxx1_1",
        "data_type": "STRING",
        "is_permitted": true
      }
    ]
  },
  {
    "type": "DIR",
    "id": 9,
    "cname": "目录2",
    "items": [
      {
        "type": "USER_TAG",
        "id": 4,
        "name": "user_tag_xxx2_2",
        "cname": "xxx2_2",
        "data_type": "STRING",
        "is_permitted": false
      }
    ]
  }
]`

	tagsDocument = `[
    {
        "id":2,
        "dir_id":8,
        "name":"user_tag_xionghuacheng1_1",
        "cname":"xionghuacheng1_1",
        "user_name":"xionghuacheng1@qq.com",
        "create_time":"2019-11-27 12:02:24",
        "data_type":"STRING",
        "unit":"DAY",
        "source_type":1,
        "is_routine":true,
        "status":"RUNNING",
        "comment":"",
        "cron":"0 0 0 * * ? *",
        "rule_content_list":[
            {
                "value":"分层1",
                "type":"rules_relation",
                "relation":"and",
                "rules":[
                    {
                        "type":"rules_relation",
                        "relation":"and",
                        "rules":[
                            {
                                "measure":{
                                    "aggregator":"general",
                                    "field":"",
                                    "type":"event_measure",
                                    "event_name":"buy"
                                },
                                "type":"event_rule",
                                "time_function":"relative_time",
                                "time_params":[
                                    "1 day"
                                ],
                                "params":[
                                    1
                                ],
                                "function":"least",
                                "filters":[

                                ]
                            }
                        ]
                    }
                ]
            }
        ],
        "failed_partition_count":0,
        "last_succeed_partition":{
            "base_time":"2019-12-18 00:00:00",
            "finished_time":"2019-12-18 01:01:02",
            "user_count":0,
            "status":"SUCCEED",
            "rule_content_list":[
                {
                    "value":"分层1",
                    "type":"rules_relation",
                    "relation":"and",
                    "rules":[
                        {
                            "type":"rules_relation",
                            "relation":"and",
                            "rules":[
                                {
                                    "measure":{
                                        "aggregator":"general",
                                        "field":"",
                                        "type":"event_measure",
                                        "event_name":"buy"
                                    },
                                    "type":"event_rule",
                                    "time_function":"relative_time",
                                    "time_params":[
                                        "1 day"
                                    ],
                                    "params":[
                                        1
                                    ],
                                    "function":"least",
                                    "filters":[

                                    ]
                                }
                            ]
                        }
                    ]
                }
            ]
        },
        "last_partition_info":{
            "base_time":"2019-12-18 00:00:00",
            "start_time":"2019-12-18 01:00:59",
            "finished_time":"2019-12-18 01:01:02",
            "user_count":0,
            "status":"SUCCEED",
            "next_partition_base_time":"2019-12-19 00:00:00"
        }
    }
]`

	usersDocument = `{
    "page_num":1,
    "size":2,
    "column_name":[
        "viplevel",
        "$device_id_list",
        "$name",
        "city",
        "province",
        "behaviorGender"
    ],
    "permitted_properties":[
        "viplevel",
        "$device_id_list",
        "$name",
        "city",
        "province",
        "behaviorGender"
    ],
    "users":[
        {
            "id":"-8730216594566797645",
            "first_id":"00023177fb8b1c65",
            "profiles":{
                "$name":"吴掭歂",
                "province":"上海",
                "city":"石家庄",
                "behaviorGender":"男",
                "viplevel":"青铜"
            }
        },
        {
            "id":"-8832516550883297125",
            "first_id":"00144ec2ba6496ec",
            "profiles":{
                "$name":"姜俿搝",
                "province":"北京",
                "city":"上海",
                "behaviorGender":"女",
                "viplevel":"白银"
            }
        }
    ]
}`
)
