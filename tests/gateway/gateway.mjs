// A real wechaty gateway for the tests: the gRPC puppet server from npm, a mocked WeChat behind it.
//
//     node gateway.mjs PORT TOKEN
//
// Serves gRPC on 127.0.0.1:PORT and takes orders as JSON over HTTP on a port of its own, which it
// prints. It ends when its standard input does, so it never outlives the tests.
import http from 'node:http'

import { FileBox } from 'file-box'
import { PuppetMock, mock } from 'wechaty-puppet-mock'
import { PuppetServer } from 'wechaty-puppet-service'

const [port, token] = process.argv.slice(2)
const mocker = new mock.Mocker()
const puppet = new PuppetMock({ mocker })
const sendAsMock = puppet.messageSendText.bind(puppet)

mocker.createContact({ id: 'owner', name: 'Owen', friend: true })
mocker.createContact({ id: 'filehelper', name: 'File Transfer', friend: true })
mocker.createContact({ id: 'ann', name: 'Ann', alias: '', friend: true })
mocker.createContact({ id: 'bob', name: 'Robert', alias: 'Bob', friend: true })
mocker.createRoom({ id: 'lunch@chatroom', topic: 'Lunch', memberIdList: ['owner', 'ann', 'bob'], ownerId: 'ann' })

let state
const fresh = () => ({ sent: [], echoAs: {}, nicknames: {}, sendsReturnId: false, hidesOwn: false, isDeaf: false, fileDelay: 0, starts: 0, stops: 0 })
state = fresh()

const emoji = /\p{Extended_Pictographic}\ufe0f?/gu
const encoded = text => text
  .replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\n', '<br/>')
  .replace(emoji, sign => `<span class="emoji emoji${sign.codePointAt(0).toString(16)}"></span>`)

puppet.roomMemberRawPayload = async (roomId, id) => ({
  id, name: mocker.cacheContactPayload.get(id)?.name ?? id, roomAlias: state.nicknames[`${roomId}/${id}`],
})
// The mock answers after a second; the tests have no second to wait.
puppet.ding = data => { state.isDeaf || setImmediate(() => puppet.emit('dong', { data: data || '' })) }
puppet.messageSendText = async (conversationId, text) => {
  state.sent.push({ to: conversationId, text })
  if (state.hidesOwn) { return undefined }
  const known = new Set(mocker.cacheMessagePayload.keys())
  // As platforms tell what was sent: altered. Unless a test says how, as WeChat's web protocol does.
  await sendAsMock(conversationId, state.echoAs[text] ?? encoded(text))
  const made = [...mocker.cacheMessagePayload.keys()].find(id => !known.has(id))
  return state.sendsReturnId ? made : undefined
}
const fileAsMock = puppet.messageFile.bind(puppet)
puppet.messageFile = async id => {
  await new Promise(resolve => setTimeout(resolve, state.fileDelay))
  return fileAsMock(id)
}
const startAsMock = puppet.start.bind(puppet)
puppet.start = async () => { state.starts++; return startAsMock() }
const stopAsMock = puppet.stop.bind(puppet)
puppet.stop = async () => { state.stops++; return stopAsMock() }

const conversation = ({ room, to }) => room ? mocker.RoomMock.load(room) : mocker.ContactMock.load(to)
const orders = {
  reset: async () => { if (puppet.isLoggedIn) { await puppet.logout('reset') } state = fresh() },
  set: values => { Object.assign(state, values) },
  state: () => state,
  scan: ({ qrcode, status }) => mocker.scan(qrcode, status ?? 2),
  login: async () => { await puppet.start(); mocker.login(mocker.ContactMock.load('owner')) },
  logout: () => puppet.logout('the phone says so'),
  emit: ({ event, payload }) => { puppet.emit(event, payload) },
  rename: ({ id, ...values }) => {
    mocker.cacheContactPayload.set(id, { ...mocker.cacheContactPayload.get(id), ...values })
    return puppet.dirtyPayload(2, id)
  },
  say: ({ from, text, mention = [], ...where }) => {
    const mentioned = mention.map(id => mocker.ContactMock.load(id))
    mocker.ContactMock.load(from).say(text, mentioned).to(conversation(where))
  },
  // Two hundred friends write in turns; answers when the last message has been handed over.
  flood: ({ count, each, everyMs }) => new Promise(resolve => {
    let told = 0
    const timer = setInterval(() => {
      for (let n = 0; n < each && told < count; n++, told++) {
        const id = `friend${told % 200}`
        if (!mocker.cacheContactPayload.has(id)) { mocker.createContact({ id, name: id, friend: true }) }
        orders.raw({ id: `flood${told}`, type: 7, text: `flood${told}`, talkerId: id, listenerId: 'owner' })
      }
      if (told >= count) { clearInterval(timer); resolve(told) }
    }, everyMs)
  }),
  // Any message at all: {id, type, talkerId, listenerId | roomId, text, base64, name}
  raw: ({ base64, name, ...message }) => {
    if (base64) { mocker.cacheFileBoxPayload.set(message.id, FileBox.fromBase64(base64, name).toJSON()) }
    mocker.MessageMock.create({ timestamp: Date.now(), ...message })
    puppet.emit('message', { messageId: message.id })
  },
}

const control = http.createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) { body += chunk }
  try {
    const result = await orders[request.url.slice(1)](body ? JSON.parse(body) : {})
    response.end(JSON.stringify(result ?? null))
  } catch (error) {
    response.statusCode = 500
    response.end(String(error.stack))
  }
})

const server = new PuppetServer({ endpoint: `127.0.0.1:${port}`, puppet, token, tls: { disable: true } })
await server.start()
control.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ control: control.address().port })))
process.stdin.resume().on('end', () => process.exit(0))
