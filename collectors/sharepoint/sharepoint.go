// Package sharepoint says what is asked of SharePoint and OneDrive.
package sharepoint

import "ringfence/collectors/graph"

// Units are the datasets of file sharing.
var Units = []graph.Unit{
	{Dataset: "sharepoint.settings"},
}
