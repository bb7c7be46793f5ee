msp {
  name = 
}
fence "eu" {
  regions = ["westeurope"]
}
