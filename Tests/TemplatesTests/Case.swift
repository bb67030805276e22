import Testing

@testable import Templates

/// A template and what it makes of the sample: what it prints, or its error.
struct Case: Sendable, CustomTestStringConvertible {
  let template: String
  let expected: String

  init(_ template: String, _ expected: String) {
    self.template = template
    self.expected = expected
  }

  var testDescription: String { template }

  func checkPrints() {
    do throws(TemplateError) {
      #expect(try Template(template).render(container()) == expected)
    } catch {
      Issue.record("\(template): \(error)")
    }
  }

  func checkFails() {
    do throws(TemplateError) {
      let output = try Template(template).render(container())
      Issue.record("\(template) prints \(output)")
    } catch {
      #expect(error.description == expected)
    }
  }
}
