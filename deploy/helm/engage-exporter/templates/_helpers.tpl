{{- /* The name of all objects. Pods get a number, and a revision, behind it: 63 characters are the limit. */}}
{{- define "engage.name" -}}
{{- $name := ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) (contains .Chart.Name .Release.Name) -}}
{{- $name | trunc 50 | trimSuffix "-" -}}
{{- end }}

{{- define "engage.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "engage.labels" -}}
{{ include "engage.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}

{{- /* Shards have names of their own, and a claim belongs to one pod. */}}
{{- define "engage.stateful" -}}
{{- if or (gt (int .Values.shards) 1) .Values.storage.enabled }}yes{{ end -}}
{{- end }}

{{- /* A Service cannot become headless, so the headless one is another. */}}
{{- define "engage.service" -}}
{{- include "engage.name" . }}{{ if include "engage.stateful" . }}-pods{{ end -}}
{{- end }}

{{- define "engage.configMap" -}}
{{- .Values.existingConfigMap | default (include "engage.name" .) -}}
{{- end }}

{{- /* Empty if no file of secrets is needed. */}}
{{- define "engage.secret" -}}
{{- if .Values.existingSecret }}{{ .Values.existingSecret }}{{ else if .Values.secrets }}{{ include "engage.name" . }}{{ end -}}
{{- end }}
