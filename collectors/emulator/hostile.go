package emulator

// hostileNames are display names and tag values that a tenant may well have:
// markup, template syntax, right-to-left overrides, control characters.
var hostileNames = []string{
	`<script>alert("x")</script>`,
	`{{ printf "%s" .Secret }} ${jndi:ldap://x} %[1]s`,
	"\u202egnp.exe \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
	"line one\nline two\r\n| a | b |\n---",
	"🏦🔐 Société Générâle \u200b\ufeff e\u0301",
	`=HYPERLINK("https://x.example","click")`,
	"nul\u0000bell\u0007 \u2028 '; DROP TABLE clients; --",
}
