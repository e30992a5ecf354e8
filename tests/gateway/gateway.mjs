// A real wechaty gateway on loopback around wechaty's mock account, steered by lines of JSON.
// Usage: node gateway.mjs PORT TOKEN. One command a line on standard input, one answer or event a
// line on standard output. It ends with its standard input.
import readline from 'node:readline'
import { FileBox } from 'file-box'
import { mock, PuppetMock } from 'wechaty-puppet-mock'
import { PuppetServer } from 'wechaty-puppet-service'

const [port, token] = process.argv.slice(2)
const tell = (event) => process.stdout.write(`${JSON.stringify(event)}\n`)

const mocker = new mock.Mocker()
const puppet = new PuppetMock({ mocker })
const person = (id, name, alias = '') => mocker.createContact({ id, name, alias, friend: true })
const owner = person('owner', 'Sam')
const friends = [person('ann', 'Ann'), person('bob', 'Bob', 'Bobby')]
for (let n = 0; n < 200; n++) friends.push(person(`friend${n}`, `Friend ${n}`))
const memberIdList = ['owner', 'ann', 'bob']
mocker.createRoom({ id: 'lunch@chatroom', topic: 'Lunch', memberIdList, ownerId: 'ann' })

for (const friend of friends) {
  friend.on('message', (message) => {
    if (message.talker().id === 'owner') tell({ received: friend.id, text: message.text() })
  })
}

// What a message holds beyond its payload.
const files = new Map()
puppet.messageFile = async (id) => files.get(id)
puppet.messageImage = async (id) => files.get(id)

// The mock forgets the ids of what it sends, and answers a ding late; platforms differ in both.
let quiet = false
let latest
puppet.on('message', ({ messageId }) => { latest = messageId })
const sendText = puppet.messageSendText.bind(puppet)
puppet.messageSendText = async (to, text) => {
  await sendText(to, text)
  return quiet ? undefined : latest
}
puppet.ding = (data) => { puppet.emit('dong', { data }) }

const commands = {
  scan: () => mocker.scan('https://example.org/scan-me', 2),
  login: () => { if (!puppet.isLoggedIn) mocker.login(owner) },
  logout: async () => { if (puppet.isLoggedIn) await puppet.logout('by the test') },
  error: () => puppet.emit('error', { data: 'boom' }),
  heartbeat: () => puppet.emit('heartbeat', { data: 'alive' }),
  nonsense: () => puppet.emit('message', { messageId: 'no-such-message' }),
  quiet: ({ on }) => { quiet = on },
  // A message as a platform delivers it: payload fields as they are, `file` as base64.
  message: ({ file, name, ...payload }) => {
    if (file) files.set(payload.id, FileBox.fromBase64(file, name))
    if (file) payload.filename = name
    mocker.MessageMock.create({ timestamp: Date.now(), text: '', ...payload })
    puppet.emit('message', { messageId: payload.id })
  },
  rename: ({ id, alias }) => {
    mocker.ContactMock.load(id).payload.alias = alias
    puppet.emit('dirty', { payloadType: 2, payloadId: id })
  },
  flood: ({ count, each }) => {
    let sent = 0
    const timer = setInterval(() => {
      for (let n = 0; n < each && sent < count; n++, sent++) {
        const id = `flood${sent}`
        commands.message({ id, type: 7, text: id, talkerId: `friend${sent % 200}`, listenerId: 'owner' })
      }
      if (sent >= count) { clearInterval(timer); tell({ flooded: sent }) }
    }, 100)
  },
}

const server = new PuppetServer({ endpoint: `127.0.0.1:${port}`, puppet, tls: { disable: true }, token })
await server.start()
tell({ listening: Number(port) })

const input = readline.createInterface({ input: process.stdin })
input.on('line', async (line) => {
  const { command, ...options } = JSON.parse(line)
  try {
    await commands[command](options)
    tell({ done: command })
  } catch (error) {
    tell({ failed: command, error: String(error) })
  }
})
input.on('close', () => process.exit(0))
