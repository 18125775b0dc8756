import { ort } from '@i2i/backend-ort'
import { serve } from '@i2i/core/worker'

serve({ ort: () => ort({ threads: 1 }) })
