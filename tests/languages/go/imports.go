#--- path: imports.go ---#
package p

import "fmt"
#^ import module fmt as fmt
import (
	j "encoding/json"
#^ import module encoding/json as j
	. "strings"
#^ import module strings:*
	_ "embed"
#^ import module embed
	"example.com/x/go-tool/v2"
#^ import module example.com/x/go-tool/v2 as tool
	"gopkg.in/yaml.v3"
#^ import module gopkg.in/yaml.v3 as yaml
)
