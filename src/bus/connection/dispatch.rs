//! Where what came goes: answers to those who have asked, signals to those who listen.

use zbus::Message;
use zbus::message::Type;

use super::BUS;
use super::audience::Binding;
use super::state::{Awaited, State};

impl State {
    /// Has the answer to a call bind a listener to the number that it tells.
    pub(super) fn bind_by(&mut self, serial: u32, binding: Binding) {
        self.binding.insert(serial, binding);
    }

    pub(super) fn dispatch(&mut self, message: &Message) {
        self.received += 1;
        let header = message.header();
        match message.message_type() {
            Type::MethodReturn | Type::Error => {
                if let Some(serial) = header.reply_serial() {
                    self.bind(serial.get(), message);
                    self.registry.answer(serial.get(), message.clone(), self.received);
                    self.wake(Awaited::Answer(serial.get()));
                }
            }
            Type::Signal => self.dispatch_signal(message),
            // Nobody calls us but the bus's Peer interface, which may go without an answer.
            Type::MethodCall => {}
        }
    }

    /// Whose number this answer tells hears of it from the next signal on.
    fn bind(&mut self, serial: u32, answer: &Message) {
        if let Some(Binding { listener, number_in }) = self.binding.remove(&serial)
            && let Some(number) = number_in(answer)
        {
            self.audience.bind(listener, number);
        }
    }

    fn dispatch_signal(&mut self, message: &Message) {
        let header = message.header();
        let sender = header.sender().map(zbus::names::UniqueName::as_str);
        if sender == Some(BUS) || (sender.is_none() && self.owner.is_some()) {
            if header.member().is_some_and(|member| member.as_str() == "NameOwnerChanged")
                && self.change_owner(message)
            {
                self.hand_out(message);
            }
            return;
        }
        // Anybody on a bus can send a signal straight to us, past all match rules.
        if self.owner.is_some() && self.owner.as_deref() != sender {
            return;
        }
        self.hand_out(message);
    }

    fn hand_out(&mut self, message: &Message) {
        let (woken, wakers) = (&mut self.woken, &mut self.wakers);
        self.audience
            .hand_out(self.received, message, |id| woken.extend(wakers.remove(&Awaited::Signal(id))));
    }

    /// Notes the service's new owner; whether it was the service that the message is about.
    fn change_owner(&mut self, message: &Message) -> bool {
        let body = message.body();
        match body.deserialize::<(&str, &str, &str)>() {
            Ok((name, _, owner)) if name == self.service => {
                self.owner = Some(owner.to_owned());
                self.wake(Awaited::Owner);
                true
            }
            _ => false,
        }
    }
}
