// A gRPC server of @grpc/grpc-js that answers as its request says; prints its port, and what
// becomes of slow calls. A line on stdin shuts it down.
import grpc from '@grpc/grpc-js'

const raw = bytes => bytes
const path = '/proto.CryptoService/cryptoTransfer'
const unary = { path, requestStream: false, responseStream: false, requestSerialize: raw, requestDeserialize: raw, responseSerialize: raw, responseDeserialize: raw }

function answer(call, done) {
  const [what, value] = call.request.toString('latin1').split(/:(.*)/s)
  switch (what) {
    case 'fail': return done({ code: Number(value), details: 'not today: é' })
    case 'large': return done(null, Buffer.alloc(Number(value)))
    case 'time': return done(null, Buffer.from(String(call.getDeadline() - Date.now())))
    case 'slow':
      console.log('began')
      return setTimeout(() => done(null, Buffer.from('late')), Number(value))
    case 'hang':
      console.log('began')
      return call.on('cancelled', () => console.log('cancelled'))
    default: return done(null, call.request)
  }
}

const server = new grpc.Server()
server.addService({ unary }, { unary: answer })
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error
  console.log(port)
})
process.stdin.once('data', () => server.tryShutdown(() => process.exit(0)))
